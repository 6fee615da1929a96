//! Flag values, flag definitions and command lines.
