//! Numbers as Python reads and writes them: integers of any size and in any base that YAML 1.1
//! has, and the shortest text of a float.

use guild_plugin_api::Value;

/// Python refuses to turn text of more digits into an integer, or the integer into text
/// (`sys.get_int_max_str_digits`).
const MAX_DIGITS: usize = 4300;

/// The integer that PyYAML makes of `text`, whose kind is known to be an integer.
///
/// An explicit `!!int` can bring any text here, so nothing is taken for granted.
pub(crate) fn int(text: &str) -> Result<Value, String> {
    // Nearly all integers are short and decimal. A leading zero would make them octal.
    let octal = text.trim_start_matches(['-', '+']).starts_with('0');
    if let (false, Ok(i)) = (octal, text.parse()) {
        return Ok(Value::Int(i));
    }
    let digits = text.replace('_', "");
    let (negative, digits) = split_sign(&digits);
    let refuse = || format!("'{text}' is no integer");
    let magnitude = if let Some(bits) = digits.strip_prefix("0b") {
        Natural::parse(bits, 2)
    } else if let Some(hex) = digits.strip_prefix("0x") {
        Natural::parse(hex, 16)
    } else if digits.starts_with('0') {
        let octal = digits.trim();
        let octal = octal.strip_prefix("0o").or_else(|| octal.strip_prefix("0O")).unwrap_or(octal);
        Natural::parse(octal, 8)
    } else if digits.contains(':') {
        sexagesimal(digits)
    } else {
        let digits = digits.trim();
        if digits.len() > MAX_DIGITS {
            return Err(too_long());
        }
        // `!!int "-+5"` has a second sign, which is Python's `int` to judge.
        let (inner_negative, digits) = split_sign(digits);
        return signed(negative != inner_negative, Natural::parse(digits, 10).ok_or_else(refuse)?);
    };
    signed(negative, magnitude.ok_or_else(refuse)?)
}

/// The float that PyYAML makes of `text`, whose kind is known to be a float.
pub(crate) fn float(text: &str) -> Result<f64, String> {
    // Without underscores, sixties and the names with a dot it is what Rust takes, too.
    if let Ok(f) = text.parse() {
        return Ok(f);
    }
    let number = text.replace('_', "").to_lowercase();
    let (negative, number) = split_sign(&number);
    let refuse = || format!("could not convert string to float: '{number}'");
    let magnitude = match number {
        ".inf" => f64::INFINITY,
        ".nan" => f64::NAN,
        _ if number.contains(':') => {
            let mut sum = 0.0;
            let mut base = Natural::from(1);
            for place in number.rsplit(':') {
                let place: f64 = place.trim().parse().map_err(|_| refuse())?;
                let factor: f64 = base.to_string().parse().map_err(|_| refuse())?;
                if factor.is_infinite() {
                    return Err("int too large to convert to float".into());
                }
                sum += place * factor;
                base.mul_add(60, 0);
            }
            sum
        }
        _ => number.trim().parse().map_err(|_| refuse())?,
    };
    Ok(if negative { -magnitude } else { magnitude })
}

/// A float as PyYAML writes it: Python's `repr` in lower case, with `.0` before a bare exponent.
pub(crate) fn float_text(f: f64) -> String {
    if f.is_nan() {
        return ".nan".into();
    }
    if f.is_infinite() {
        return if f > 0.0 { ".inf" } else { "-.inf" }.into();
    }
    let mut text = python_float_repr(f);
    if let (None, Some(e)) = (text.find('.'), text.find('e')) {
        text.insert_str(e, ".0");
    }
    text
}

/// A float as Python's `repr` writes it: the shortest digits that give it back, of those the
/// nearest, with an exponent from `1e+16` up and `1e-05` down.
///
/// ```
/// use guild_yaml::python_float_repr;
/// assert_eq!(python_float_repr(3.0), "3.0");
/// assert_eq!(python_float_repr(1e-5), "1e-05");
/// assert_eq!(python_float_repr(1e16), "1e+16");
/// assert_eq!(python_float_repr(f64::NEG_INFINITY), "-inf");
/// ```
pub fn python_float_repr(number: f64) -> String {
    if number.is_nan() {
        return "nan".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.into();
    }
    let mut buffer = zmij::Buffer::new();
    // The digits are Python's: halfway between two the even one, which Rust's are not always. The
    // layout is Python's too, but for small exponents.
    let text = buffer.format_finite(number);
    let size = number.abs();
    if size == 0.0 || size >= 1e-4 {
        return text.into();
    }
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |text| ("-", text));
    match text.split_once("e-") {
        Some((mantissa, exponent)) => format!("{sign}{mantissa}e-{exponent:0>2}"),
        // From 1e-5 to 1e-4: `0.000012`.
        None => {
            let (first, rest) = text.trim_start_matches(['0', '.']).split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            format!("{sign}{first}{point}{rest}e-05")
        }
    }
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn too_long() -> String {
    format!("Exceeds the limit ({MAX_DIGITS} digits) for integer string conversion")
}

fn sexagesimal(digits: &str) -> Option<Natural> {
    let mut places = digits.split(':');
    let mut sum = Natural::parse(places.next()?, 10)?;
    for place in places {
        sum.mul_add(60, 0);
        sum.add(&Natural::parse(place, 10)?);
    }
    Some(sum)
}

fn signed(negative: bool, magnitude: Natural) -> Result<Value, String> {
    let mut digits = magnitude.to_string();
    if digits.len() > MAX_DIGITS {
        return Err(too_long());
    }
    if negative && digits != "0" {
        digits.insert(0, '-');
    }
    Ok(digits.parse().map_or_else(|_| Value::BigInt(digits), Value::Int))
}

/// A natural number of any size, in limbs of nine decimal digits from the lowest.
struct Natural(Vec<u32>);

impl Natural {
    const LIMB: u32 = 1_000_000_000;

    fn from(small: u32) -> Natural {
        Natural(vec![small])
    }

    /// The number that `digits` spell, or nothing when they spell none or are so many that the
    /// number could not be written back.
    fn parse(digits: &str, radix: u32) -> Option<Natural> {
        // Four bits a digit at most, so this is beyond every number of MAX_DIGITS decimal digits.
        let digits = digits.trim();
        if digits.is_empty() || digits.len() > 4 * MAX_DIGITS {
            return None;
        }
        let mut number = Natural::from(0);
        for c in digits.chars() {
            number.mul_add(radix, c.to_digit(radix)?);
        }
        Some(number)
    }

    fn add(&mut self, other: &Natural) {
        let mut carry = 0;
        let length = self.0.len().max(other.0.len());
        self.0.resize(length, 0);
        for (i, limb) in self.0.iter_mut().enumerate() {
            // Two limbs and a carry stay below 2^32.
            let sum = *limb + other.0.get(i).unwrap_or(&0) + carry;
            *limb = sum % Self::LIMB;
            carry = sum / Self::LIMB;
        }
        if carry > 0 {
            self.0.push(carry);
        }
    }

    fn mul_add(&mut self, factor: u32, addend: u32) {
        let mut carry = u64::from(addend);
        for limb in &mut self.0 {
            let product = u64::from(*limb) * u64::from(factor) + carry;
            *limb = (product % u64::from(Self::LIMB)) as u32;
            carry = product / u64::from(Self::LIMB);
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }
}

impl std::fmt::Display for Natural {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let mut limbs = self.0.iter().rev();
        write!(f, "{}", limbs.next().unwrap_or(&0))?;
        limbs.try_for_each(|limb| write!(f, "{limb:09}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_every_base_and_size() {
        for (text, value) in [
            ("-0x1F", -31),
            ("017", 15),
            ("0b1_01", 5),
            ("190:20:30", 685230),
            ("0_", 0),
            ("-0", 0),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
            ("1:9999999999999", 10000000000059),
        ] {
            assert_eq!(int(text), Ok(Value::Int(value)), "{text}");
        }
        let big = "123456789012345678901234567890";
        assert_eq!(int(big), Ok(Value::BigInt(big.into())));
        assert_eq!(int("0x10000000000000000"), Ok(Value::BigInt("18446744073709551616".into())));
        assert!(int(&"9".repeat(4300)).is_ok());
        for text in ["", "-", "0b", "0x_", "a", "1:x", &"9".repeat(4301), &"f".repeat(100_000)] {
            assert!(int(text).is_err(), "{text}");
        }
    }

    #[test]
    fn floats_are_laid_out_as_python_does() {
        for (f, text) in [
            (1e-10, "1.0e-10"),
            (1e-5, "1.0e-05"),
            (0.0001, "0.0001"),
            (1e15, "1000000000000000.0"),
            (1e16, "1.0e+16"),
            (1.5e300, "1.5e+300"),
            (-0.0, "-0.0"),
            (123.456, "123.456"),
            (f64::NEG_INFINITY, "-.inf"),
            (5e-324, "5.0e-324"),
            (75774397850036.0 + 0.625, "75774397850036.62"),
        ] {
            assert_eq!(float_text(f), text);
        }
    }

    #[test]
    fn floats_are_read_with_underscores_and_sixties() {
        assert_eq!(float("1_0.5"), Ok(10.5));
        assert_eq!(float("-1:30.5"), Ok(-90.5));
        assert_eq!(float("-.INF"), Ok(f64::NEG_INFINITY));
        assert!(float("._").is_err());
    }
}
