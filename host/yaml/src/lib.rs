//! YAML 1.1 as Guild AI 0.9.0 reads and writes it.
