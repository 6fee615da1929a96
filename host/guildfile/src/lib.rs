//! A project's Guild file, as Guild AI 0.9.0 reads it.
