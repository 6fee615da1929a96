//! Selecting, copying and fingerprinting the source code of a run.
