//! From tokens to a tree, by recursive descent: a function for each line of the grammar.

use guild_plugin_api::Value;

use super::lex::{Kind, Token, tokens};
use super::{Expression, Filter, FilterError, Operator};

/// How deep brackets and `not`s may nest before the text is refused: each level takes some of the
/// stack.
const DEPTH: usize = 200;

/// Reads a filter expression.
///
/// # Errors
/// At the first token that cannot go on what is before it, or at an early end.
///
/// ```
/// use guild_query::filter::parse;
/// assert!(parse("loss < 0.5 and not op = test").is_ok());
/// assert_eq!(
///     parse("loss < < 1").unwrap_err().to_string(),
///     "syntax error in filter at position 7: unexpected token '<'"
/// );
/// ```
pub fn parse(text: &str) -> Result<Filter, FilterError> {
    let mut parser = Parser { tokens: tokens(text), at: 0, depth: 0 };
    let expression = parser.expression()?;
    match parser.tokens.get(parser.at) {
        None => Ok(Filter(expression)),
        Some(token) => Err(token.unexpected()),
    }
}

/// `and` or `or`.
type Join = fn(Box<Expression>, Box<Expression>) -> Expression;

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    fn next(&mut self) {
        self.at += 1;
    }

    fn unexpected(&self) -> FilterError {
        self.tokens.get(self.at).map_or(FilterError::End, Token::unexpected)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Kind::Word(w)) if *w == word);
        self.at += usize::from(found);
        found
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Kind::Sign(s)) if *s == sign);
        self.at += usize::from(found);
        found
    }

    fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Parser) -> Result<T, FilterError>,
    ) -> Result<T, FilterError> {
        if self.depth == DEPTH {
            return Err(FilterError::Depth);
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// A chain of `and` and `or` is as long as one likes: it is put together from its end.
    fn expression(&mut self) -> Result<Expression, FilterError> {
        let mut parts = vec![self.unary()?];
        let mut joins: Vec<Join> = Vec::new();
        loop {
            if self.take_word("and") {
                joins.push(Expression::And);
            } else if self.take_word("or") {
                joins.push(Expression::Or);
            } else {
                break;
            }
            if joins.len() > DEPTH {
                return Err(FilterError::Depth);
            }
            parts.push(self.unary()?);
        }
        let mut parts = parts.into_iter().rev();
        let last = parts.next().ok_or(FilterError::End)?;
        let join = |right, (left, join): (_, Join)| join(Box::new(left), Box::new(right));
        Ok(parts.zip(joins.into_iter().rev()).fold(last, join))
    }

    fn unary(&mut self) -> Result<Expression, FilterError> {
        if self.take_word("not") {
            let negated = self.deeper(Parser::unary)?;
            return Ok(Expression::Not(Box::new(negated)));
        }
        if self.take_sign("(") {
            let inner = self.deeper(Parser::expression)?;
            return if self.take_sign(")") { Ok(inner) } else { Err(self.unexpected()) };
        }
        match self.peek() {
            Some(Kind::Name(name)) => {
                let name = name.clone();
                self.next();
                self.test(name)
            }
            _ => self.term().map(Expression::Term),
        }
    }

    /// What follows a name: an operator, or nothing that belongs to it.
    fn test(&mut self, name: String) -> Result<Expression, FilterError> {
        use Operator::{Contains, Equal, In, NotContains, NotEqual, NotIn};
        let (operator, target) = match self.peek() {
            Some(Kind::Sign(sign)) => match comparison(sign) {
                Some(operator) => {
                    self.next();
                    (operator, self.term()?)
                }
                None => return Ok(Expression::Term(Value::Str(name))),
            },
            Some(Kind::Word("is")) => {
                self.next();
                let operator = if self.take_word("not") { NotEqual } else { Equal };
                (operator, self.term()?)
            }
            Some(Kind::Word("in")) => {
                self.next();
                (In, self.list()?)
            }
            Some(Kind::Word("contains")) => {
                self.next();
                (Contains, self.term()?)
            }
            Some(Kind::Word("not")) => {
                self.next();
                if self.take_word("in") {
                    (NotIn, self.list()?)
                } else if self.take_word("contains") {
                    (NotContains, self.term()?)
                } else {
                    return Err(self.unexpected());
                }
            }
            _ => return Ok(Expression::Term(Value::Str(name))),
        };
        Ok(Expression::Test { name, operator, target })
    }

    fn term(&mut self) -> Result<Value, FilterError> {
        let value = match self.peek() {
            Some(Kind::Literal(value)) => value.clone(),
            Some(Kind::Name(name)) => Value::Str(name.clone()),
            Some(Kind::Sign("[")) => return self.list(),
            _ => return Err(self.unexpected()),
        };
        self.next();
        Ok(value)
    }

    fn list(&mut self) -> Result<Value, FilterError> {
        if !self.take_sign("[") {
            return Err(self.unexpected());
        }
        let mut items = vec![self.deeper(Parser::term)?];
        while self.take_sign(",") {
            items.push(self.deeper(Parser::term)?);
        }
        if self.take_sign("]") { Ok(Value::List(items)) } else { Err(self.unexpected()) }
    }
}

fn comparison(sign: &str) -> Option<Operator> {
    Some(match sign {
        "=" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tree(text: &str) -> String {
        fn show(e: &Expression) -> String {
            match e {
                Expression::And(a, b) => format!("({} & {})", show(a), show(b)),
                Expression::Or(a, b) => format!("({} | {})", show(a), show(b)),
                Expression::Not(e) => format!("!{}", show(e)),
                Expression::Test { name, operator, target } => {
                    format!("{name} {operator:?} {}", guild_flags::value::repr_value(target))
                }
                Expression::Term(value) => guild_flags::value::repr_value(value),
            }
        }
        match parse(text) {
            Ok(filter) => show(&filter.0),
            Err(e) => e.to_string(),
        }
    }

    #[test]
    fn trees() {
        for (text, want) in [
            ("a", "'a'"),
            ("a=1", "a Equal 1"),
            ("a = 1 and b<>x OR c >= .5", "(a Equal 1 & (b NotEqual 'x' | c GreaterOrEqual 0.5))"),
            ("not a=1 and b", "(!a Equal 1 & 'b')"),
            ("not (a=1 and b)", "!(a Equal 1 & 'b')"),
            ("not not a", "!!'a'"),
            ("a is undefined", "a Equal None"),
            ("a IS NOT True", "a NotEqual True"),
            ("a in [1,b,'c d']", "a In [1, 'b', 'c d']"),
            ("a not in [[1],2]", "a NotIn [[1], 2]"),
            ("a not contains [b]", "a NotContains ['b']"),
            ("flag:a-b contains \"x\"", "flag:a-b Contains 'x'"),
            ("[a]", "['a']"),
            ("a = not", "syntax error in filter at position 4: unexpected token 'not'"),
            ("a in 1", "syntax error in filter at position 5: unexpected token 1"),
            ("a =\n=", "syntax error in filter on line 2, position 4: unexpected token '='"),
            ("[]", "syntax error in filter at position 1: unexpected token ']'"),
            ("a and", "syntax error in filter - unexpected end of expresion"),
            (" ", "syntax error in filter - unexpected end of expresion"),
            ("1 = a", "syntax error in filter at position 2: unexpected token '='"),
            ("a = % b", "syntax error in filter at position 4: unexpected character '%'"),
            ("a ! b", "syntax error in filter at position 2: unexpected character '!'"),
            ("a = 'b", "syntax error in filter at position 4: unexpected character '''"),
        ] {
            assert_eq!(tree(text), want, "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        for text in
            ["(".repeat(100_000), "not ".repeat(100_000), "a = ".to_string() + &"[".repeat(100_000)]
        {
            assert_eq!(parse(&text), Err(FilterError::Depth));
        }
        assert_eq!(parse(&("a and ".repeat(100_000) + "a")), Err(FilterError::Depth));
        assert!(parse(&("(".repeat(100) + "a" + &")".repeat(100))).is_ok());
    }

    proptest! {
        #[test]
        fn nothing_makes_reading_panic(text in "\\PC{0,20}|[a-c0-9<>=!()\\[\\],'\" .-]{0,20}") {
            let _ = parse(&text);
        }
    }
}
