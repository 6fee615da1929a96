//! Guild files written for these tests.

pub const CASES: &[&str] = &[
    "",
    "train: train.py",
    "train:\n  exec: ./t ${flag_args}\n  flags:\n    lr: 0.1\n    n: 1_000\n    off: no\n",
];

pub const PROJECTS: &[&[(&str, &str)]] = &[&[("guild.yml", "train: train.py\n")]];
