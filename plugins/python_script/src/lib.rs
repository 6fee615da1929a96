//! python_script

pub mod ask;
pub mod facts;
pub mod flag_data;
pub mod interpreter;
pub mod op;
pub mod paths;
pub mod process;
pub mod reading;
pub mod rules;
pub mod script;
pub mod shell;
pub mod source;
pub mod stamp;
pub mod yaml_item;
