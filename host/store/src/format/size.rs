//! Sizes of files.

/// A size as Guild AI 0.9.0 writes it: `20.0K`.
pub fn size(bytes: u64) -> String {
    if bytes < 1024 {
        return bytes.to_string();
    }
    let mut size = bytes as f64;
    let mut unit = "";
    for next in ["K", "M", "G", "T", "P"] {
        if size < 1024.0 {
            break;
        }
        (size, unit) = (size / 1024.0, next);
    }
    format!("{size:.1}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (bytes, text) in
            [(0, "0"), (1023, "1023"), (20480, "20.0K"), (1 << 20, "1.0M"), (1 << 40, "1.0T")]
        {
            assert_eq!(size(bytes), text);
        }
    }
}
