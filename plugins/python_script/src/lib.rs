//! python_script
