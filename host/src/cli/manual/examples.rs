//! Examples of each command: what `--help` ends with.

/// The lines of a command, by its words, each with what it does. A test runs those that stand alone.
const EXAMPLES: &[(&str, &[(&str, &str)])] = &[
    (
        "run",
        &[
            ("guild run train.py -y", "Run a script, without a question"),
            ("guild run train.py lr=0.1 epochs=5", "Set flags"),
            ("guild run train lr=[0.1,0.2]", "Run a trial for each value"),
            ("guild run train lr=[0.001:0.1] -o random -m 20", "Search a range by 20 trials"),
            ("guild run --restart 5f407ce4", "Run a run again, in its place"),
            ("guild run --proto 5f407ce4 lr=0.2", "Run it again as a new run, with another flag"),
            ("guild run train.py --help-op", "Show the flags of an operation"),
        ],
    ),
    (
        "runs",
        &[
            ("guild runs", "List the latest runs"),
            ("guild runs -a -Fo train -Sc", "List all completed runs of operation train"),
            ("guild runs -F 'loss < 0.5 and lr > 0.01'", "List runs by flags and scalars"),
            ("guild runs -s 'last 2 hours'", "Show a simplified list"),
        ],
    ),
    ("runs list", &[("guild runs list -n 5", "List the last five runs")]),
    (
        "runs info",
        &[
            ("guild runs info", "Show the latest run"),
            ("guild runs info 2 --json", "Show the one before it as JSON"),
        ],
    ),
    (
        "runs delete",
        &[
            ("guild runs rm 1", "Delete the latest run"),
            ("guild runs rm -Se -y", "Delete all runs that failed, without a question"),
            ("guild runs rm 4:9 --permanent", "Delete runs for good"),
        ],
    ),
    (
        "runs restore",
        &[
            ("guild runs -d", "List deleted runs"),
            ("guild runs restore 1", "Bring the latest of them back"),
        ],
    ),
    ("runs purge", &[("guild runs purge -Fs 'before 30 days ago'", "Purge old deleted runs")]),
    (
        "operations",
        &[
            ("guild ops", "List the operations of the project"),
            ("guild ops show train", "Show an operation as a Guild file would have it"),
        ],
    ),
    ("operations show", &[("guild ops show train --json", "Show a definition as JSON")]),
    ("models", &[("guild models", "List the models of the project")]),
    (
        "help",
        &[
            ("guild help", "Show help for the project in this directory"),
            ("guild help --markdown --no-pager", "The same as Markdown"),
        ],
    ),
    (
        "ls",
        &[
            ("guild ls", "List the files of the latest run"),
            ("guild ls 2 --sourcecode", "List the source code of the run before it"),
            ("guild ls -p '*.png' -f", "List images, with full paths"),
        ],
    ),
    (
        "cat",
        &[
            ("guild cat -O", "Show the output of the latest run"),
            ("guild cat 2 -p results.json", "Show a file of the run before it"),
        ],
    ),
    (
        "compare",
        &[
            ("guild compare", "Compare runs on the whole terminal"),
            ("guild compare -t --min loss -n 10", "Print the ten runs with the lowest loss"),
            ("guild compare --csv runs.csv", "Write a CSV file"),
            ("guild compare -cc '=lr, min loss, min loss step' -t", "Choose the columns"),
        ],
    ),
    (
        "open",
        &[
            ("guild open", "Open the directory of the latest run"),
            ("guild open 1 -p plot.png", "Open a file of it"),
        ],
    ),
    (
        "diff",
        &[
            ("guild diff", "Compare the latest two runs"),
            ("guild diff 3 1 --sourcecode", "Compare the source code of two runs"),
            ("guild diff --working 1", "Compare a run's source code with the project's"),
        ],
    ),
    (
        "export",
        &[
            ("guild export backup.zip", "Export all runs to a zip file"),
            ("guild export ../runs 1:3 --move", "Move three runs to a directory"),
        ],
    ),
    ("import", &[("guild import backup.zip", "Import the runs of a zip file")]),
    ("merge", &[("guild merge 1 --sourcecode", "Copy a run's source code into the project")]),
    (
        "select",
        &[
            ("guild select --min loss", "Show the ID of the run with the lowest loss"),
            ("guild run --restart $(guild select -Fo train)", "Use it in another command"),
        ],
    ),
    (
        "label",
        &[
            ("guild label --set 'first try' 1", "Set the label of the latest run"),
            ("guild label --append 'lr=${lr}' -Fo train", "Append a flag's value to labels"),
        ],
    ),
    (
        "tag",
        &[
            ("guild tag --add best 1", "Tag the latest run"),
            ("guild tag --list-all", "List all tags"),
        ],
    ),
    ("mark", &[("guild mark 1", "Mark the latest run"), ("guild mark --clear", "Clear the mark")]),
    ("comment", &[("guild comment 1 -a 'Too slow'", "Add a comment to the latest run")]),
    ("stop", &[("guild stop", "Stop the runs that are running"), ("guild stop 1 -y", "Stop one")]),
    (
        "watch",
        &[("guild watch", "Follow the output of the latest run"), ("guild watch 2", "Of another")],
    ),
    (
        "tensorboard",
        &[
            ("guild tensorboard", "Show all runs in TensorBoard"),
            ("guild tensorboard 1:5 --port 6006", "Show the latest five on a given port"),
        ],
    ),
    (
        "download",
        &[("guild download https://example.com/data.zip", "Download a file ahead of its use")],
    ),
    (
        "check",
        &[
            ("guild check", "Check the set-up, and say how to mend it"),
            ("guild check --version '>=0.1'", "Fail unless guild is new enough"),
        ],
    ),
    ("init", &[("guild init -y", "Make an environment for the project in this directory")]),
    (
        "completion",
        &[
            ("guild completion --install", "Complete commands in every new shell"),
            ("source <(guild completion -s bash)", "Complete commands in this one"),
        ],
    ),
    ("api", &[("guild api runs", "List runs as JSON")]),
    ("api runs", &[("guild api runs --limit 5", "The latest five runs as JSON")]),
    ("api compare", &[("guild api compare", "Compare runs as JSON")]),
    ("api ops", &[("guild api ops", "List operations as JSON")]),
    ("api help-op", &[("guild api help-op train", "The help of an operation as JSON")]),
    ("api merge", &[("guild api merge 1", "Merge the latest run, and say what was done as JSON")]),
    ("plugins", &[("guild plugins list", "List plugins and their state")]),
    ("plugins list", &[("guild plugins list", "List plugins and their state")]),
    ("plugins check", &[("guild plugins check", "Load each plugin, and say what is wrong")]),
    ("plugins new", &[("guild plugins new hello", "Start a plugin in the folder hello")]),
    ("plugins info", &[("guild plugins info steps", "Show all about a plugin")]),
    ("plugins install", &[("guild plugins install hello", "Install the plugin of a folder")]),
    ("plugins uninstall", &[("guild plugins uninstall hello", "Remove a plugin")]),
];

/// The examples of a command, by its words. Those of `label` are those of `runs label`, too.
pub fn of(path: &str) -> Option<String> {
    let exact = |path: &str| EXAMPLES.iter().find(|(of, _)| *of == path);
    let (_, lines) = exact(path).or_else(|| exact(path.strip_prefix("runs ")?))?;
    let mut text = String::from("Examples:");
    for (line, about) in *lines {
        text += &format!("\n  {line}\n      {about}");
    }
    Some(text)
}
