//! exec_script
