//! How runs are shown: the rows of `guild runs`, the lines of `guild runs info`, and both as JSON.
//!
//! | room | what for |
//! |---|---|
//! | [`fn@operation`] | `train`, `model:train`, `train.py+` |
//! | [`details`] | all strings about one run |
//! | [`list`] | the list, its limit, `--verbose`, `--json` |
//! | [`info`] | one run at length |
//! | [`table`] | columns |
//! | [`confirm`] | what is asked before runs are deleted or restored |
//! | [`json`] | JSON as Python writes it |
//! | [`fn@size`] | `1.5K` |

use std::path::{Path, PathBuf};

use crate::home;
use crate::paths;
use crate::zone::Zone;

mod attribute;
pub mod confirm;
pub mod details;
pub mod info;
pub mod json;
pub mod list;
mod operation;
mod size;
pub mod table;

pub use details::Details;
pub use operation::{operation, operation_of};
pub use size::size;

/// For whom runs are shown: where they work, where they live, what time it is there.
#[derive(Clone, Debug)]
pub struct Context {
    /// Guild's current directory, absolute. Operations from elsewhere are shown with their folder.
    pub cwd: PathBuf,
    /// The user's home folder, shown as `~`.
    pub user_home: PathBuf,
    /// The time zone of all times.
    pub zone: Zone,
}

impl Context {
    /// The user of this process, working in `cwd` (absolute).
    pub fn of_process(cwd: impl Into<PathBuf>) -> Context {
        Context { cwd: cwd.into(), user_home: home::user_home(), zone: Zone::system() }
    }

    /// `path`, absolute and with `~`.
    pub(crate) fn show_path(&self, path: impl AsRef<Path>) -> String {
        paths::with_tilde(&paths::absolute(path.as_ref(), &self.cwd), &self.user_home)
    }
}
