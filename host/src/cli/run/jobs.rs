//! `--jobs`: how many trials run at a time.

use std::num::NonZeroUsize;
use std::str::FromStr;
use std::thread;

use super::Args;

/// How many trials to run at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jobs {
    /// As many as there are devices, or else processors.
    Auto,
    /// So many.
    Count(NonZeroUsize),
}

impl FromStr for Jobs {
    type Err = String;

    fn from_str(text: &str) -> Result<Jobs, String> {
        if text == "auto" {
            return Ok(Jobs::Auto);
        }
        text.parse().map(Jobs::Count).map_err(|_| "it has to be 'auto', or 1 or more".into())
    }
}

impl Jobs {
    /// The number, for a batch that may use `devices`.
    pub fn count(self, devices: &[String]) -> usize {
        match self {
            Jobs::Count(count) => count.get(),
            Jobs::Auto if !devices.is_empty() => devices.len(),
            Jobs::Auto => thread::available_parallelism().map_or(1, NonZeroUsize::get),
        }
    }
}

/// The devices that `--gpus` names.
pub fn devices(args: &Args) -> Vec<String> {
    let named = args.gpus.iter().filter(|_| !args.no_gpus).flat_map(|gpus| gpus.split(','));
    named.map(str::trim).filter(|gpu| !gpu.is_empty()).map(Into::into).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_auto() {
        let count = |text: &str, devices: &[&str]| {
            let devices: Vec<_> = devices.iter().map(ToString::to_string).collect();
            text.parse().map(|jobs: Jobs| jobs.count(&devices))
        };
        assert_eq!(count("3", &["0"]), Ok(3));
        assert_eq!(count("auto", &["0", "1"]), Ok(2));
        assert!(count("auto", &[]).is_ok_and(|n| n > 0));
        for wrong in ["0", "-1", "1.5", "many", ""] {
            assert!(count(wrong, &[]).is_err(), "{wrong}");
        }
    }
}
