//! What a script says about itself: its shell, its flags and what they are for.

use guild_plugin_api::model::{FlagDef, Flags};
use guild_plugin_api::{Map, Value};

/// What was read of a script.
#[derive(Debug, Default)]
pub struct Script {
    /// What runs it, as the first line has it.
    pub shell: String,
    /// The comment at its top, without what is said about flags.
    pub description: Option<String>,
    /// The variables that it takes from outside.
    pub flags: Flags,
}

impl Script {
    /// Reads a script. What is not understood is left out: the shell itself has the last word.
    pub fn read(text: &str) -> Script {
        let shebang = text.lines().next().and_then(|line| line.strip_prefix("#!")).map(str::trim);
        let shell = shebang.filter(|s| !s.is_empty()).unwrap_or("sh").to_string();
        let mut script = Script { shell, ..Script::default() };
        let mut comments = Vec::new();
        let mut top = Vec::new();
        let mut at_top = true;
        let mut lines = text.lines().skip(usize::from(shebang.is_some()));
        while let Some(line) = lines.next() {
            if let Some(comment) = line.strip_prefix('#') {
                let comment = comment.trim_start_matches('#').trim();
                comments.extend(about_flag(comment));
                if at_top && !comment.is_empty() {
                    top.push(comment);
                }
                continue;
            }
            at_top &= line.trim().is_empty() && top.is_empty();
            for (name, default) in assignments(line) {
                script.flags.entry(name.to_string()).or_insert_with(|| flag(name, default));
            }
            if let Some(end) = here_document(line) {
                // Its lines are text, whatever they look like.
                lines.by_ref().find(|line| line.trim_start_matches('\t') == end);
            }
        }
        for (name, text) in comments {
            if let Some(flag) = script.flags.get_mut(name) {
                flag.description = Some(text.into());
            }
        }
        top.retain(|line| about_flag(line).is_none_or(|(n, _)| !script.flags.contains_key(n)));
        script.description = (!top.is_empty()).then(|| top.join("\n"));
        script
    }
}

/// `NAME: what it is for`
fn about_flag(comment: &str) -> Option<(&str, &str)> {
    let (name, text) = comment.split_once(':')?;
    (is_name(name) && !text.trim().is_empty()).then_some((name, text.trim()))
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The variables that a line takes from outside, with their defaults as they are written:
/// `NAME=${NAME:-default}`, `: "${NAME:=default}" …`.
fn assignments(line: &str) -> Vec<(&str, &str)> {
    let line = ["export ", "readonly "].iter().find_map(|w| line.strip_prefix(w)).unwrap_or(line);
    if let Some(rest) = line.strip_prefix(": ") {
        let mut found = Vec::new();
        let mut rest = rest;
        while let Some(at) = rest.find("${") {
            rest = &rest[at..];
            match expansion(rest, ":=") {
                Some((name, default, length)) => {
                    found.push((name, default));
                    rest = &rest[length..];
                }
                None => rest = &rest[2..],
            }
        }
        return found;
    }
    let Some((name, value)) = line.split_once('=') else { return Vec::new() };
    let value = value.strip_prefix('"').unwrap_or(value);
    let read = expansion(value, ":-").or_else(|| expansion(value, ":="));
    match read {
        Some((inner, default, _)) if is_name(name) && inner == name => vec![(name, default)],
        _ => Vec::new(),
    }
}

/// The name and the default of `${NAME:-default}` at the start of the text, and its length.
fn expansion<'a>(text: &'a str, operator: &str) -> Option<(&'a str, &'a str, usize)> {
    let inner = text.strip_prefix("${")?;
    let (name, rest) = inner.split_at(inner.find(operator)?);
    let rest = &rest[operator.len()..];
    let mut depth = 0;
    let end = rest.char_indices().find(|(i, c)| {
        match c {
            '{' if rest[..*i].ends_with('$') => depth += 1,
            '}' if depth == 0 => return true,
            '}' => depth -= 1,
            _ => {}
        }
        false
    });
    let end = end?.0;
    let length = 2 + name.len() + operator.len() + end + 1;
    is_name(name).then_some((name, &rest[..end], length))
}

/// What ends the here-document that begins on the line.
fn here_document(line: &str) -> Option<&str> {
    let (_, after) = line.split_once("<<")?;
    if after.starts_with('<') {
        return None;
    }
    let word =
        after.trim_start_matches('-').trim_start().split([' ', ';', '|', '>', ')']).next()?;
    let word = word.trim_matches(['\'', '"', '\\']);
    is_name(word).then_some(word)
}

fn flag(name: &str, written: &str) -> FlagDef {
    let mut flag = FlagDef {
        env_name: Some(name.into()),
        // A script gets its flags as variables, not as arguments.
        arg_skip: Some(true),
        ..FlagDef::default()
    };
    // A default that the shell works out stays null: an empty variable, for which it does so.
    let Some(text) = literal(written) else { return flag };
    (flag.default, flag.kind) = match text {
        "true" | "false" => (Value::from(text == "true"), Some("boolean".into())),
        _ => match number(text) {
            Some(number) => (number, Some("number".into())),
            None => (Value::from(text), Some("string".into())),
        },
    };
    if flag.default.as_bool().is_some() {
        // Otherwise false is an empty variable, and that is the script's default again.
        flag.env_encoding = [(true, "true"), (false, "false")].into_iter().collect::<Map>();
    }
    flag
}

/// The text that a default stands for; none when the shell has to work it out.
fn literal(written: &str) -> Option<&str> {
    let quoted = |quote| written.strip_prefix(quote).and_then(|w| w.strip_suffix(quote));
    let text = quoted('\'').or_else(|| quoted('"')).unwrap_or(written);
    (!text.contains(['$', '`', '\\', '"', '\''])).then_some(text)
}

/// A number that reads the same in every language: no `007`, no `inf`.
fn number(text: &str) -> Option<Value> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let octal = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    if octal || !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let integer = text.parse::<i64>().ok().map(Value::from);
    integer.or_else(|| text.parse::<f64>().ok().filter(|n| n.is_finite()).map(Value::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defaults(text: &str) -> Vec<(String, Value)> {
        Script::read(text).flags.into_iter().map(|(name, flag)| (name, flag.default)).collect()
    }

    #[test]
    fn every_form_of_a_flag() {
        let text = "LR=${LR:-0.1}\nexport N=\"${N:-10}\"\n: \"${NAME:=foo}\" ${A:=-3}\n\
                    TEXT=${TEXT:-\"two words\"}\nFAST=${FAST:-true}\nNONE=${NONE:-}\n\
                    CODE=${CODE:-007}\nSMALL=${SMALL:-1e-3}\nDATA=${DATA:-${HOME}/data}\n";
        let expected: [(&str, Value); 10] = [
            ("LR", 0.1.into()),
            ("N", 10.into()),
            ("NAME", "foo".into()),
            ("A", (-3).into()),
            ("TEXT", "two words".into()),
            ("FAST", true.into()),
            ("NONE", "".into()),
            ("CODE", "007".into()),
            ("SMALL", 1e-3.into()),
            ("DATA", Value::Null),
        ];
        let expected: Vec<_> = expected.into_iter().map(|(n, v)| (n.to_string(), v)).collect();
        assert_eq!(defaults(text), expected);
    }

    #[test]
    fn what_is_no_flag() {
        let text = "A=1\nB=${1:-x}\nC=${D:-x}\n  E=${E:-indented}\n# F=${F:-comment}\n\
                    G=$(echo ${G:-x})\necho \"H=${H:-x}\"\nI=${I:-torn\n: ${J:-unassigned}\n\
                    cat <<'END'\nK=${K:-text}\nEND\n";
        assert_eq!(defaults(text), []);
        assert_eq!(defaults("cat <<-E > x\n\tE\nL=${L:-1}\ncat <<<x\nM=${M:-2}").len(), 2);
    }

    #[test]
    fn comments() {
        let text = "#!/usr/bin/env bash\n#\n# Trains a model.\n# Note: takes long.\n#\n# LR: the rate\n\
                    \nLR=${LR:-1}\n# Not at the top.\n";
        let script = Script::read(text);
        assert_eq!(script.shell, "/usr/bin/env bash");
        assert_eq!(script.description.as_deref(), Some("Trains a model.\nNote: takes long."));
        assert_eq!(script.flags["LR"].description.as_deref(), Some("the rate"));
        assert_eq!(Script::read("").shell, "sh");
        assert_eq!(Script::read("#!\n").shell, "sh");
    }

    #[test]
    fn booleans_never_are_empty_variables() {
        let script = Script::read("X=${X:-false}");
        let encoding: Vec<_> = script.flags["X"].env_encoding.iter().cloned().collect();
        assert_eq!(encoding, [(true.into(), "true".into()), (false.into(), "false".into())]);
    }
}
