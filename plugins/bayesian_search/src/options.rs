//! The values of an optimizer's own flags.

use guild_plugin_api::search::SuggestTrials;
use guild_plugin_api::{HookError, HookResult, Value};

use crate::acquisition::Acquisition;

/// How a search is to go.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// How many trials are drawn by chance first.
    pub random_starts: u64,
    /// What a point is measured by; none for any of the usual three by chance.
    pub acquisition: Option<Acquisition>,
    /// Whether what a trial promises counts by the time that it takes.
    pub per_second: bool,
    /// How much what is not known attracts: see [`Acquisition::LowerBound`].
    pub kappa: f64,
    /// How much better than the best a trial should be, in units of the objective.
    pub xi: f64,
    /// The variance of the objective's noise, in squared units of the objective; none where that is
    /// learned.
    pub noise: Option<f64>,
}

impl Options {
    /// Reads the flags of a request.
    ///
    /// # Errors
    /// When a value is not what the flag takes.
    pub fn of(req: &SuggestTrials) -> HookResult<Options> {
        let starts = number(req, "random-starts", 3.0)?.max(0.0);
        let (acquisition, per_second) = match (req.optimizer.as_str(), text(req, "acq-func")) {
            ("gp", None | Some("gp_hedge")) => (None, false),
            ("gp", Some("LCB")) => (Some(Acquisition::LowerBound), false),
            ("gp", Some("PI")) => (Some(Acquisition::Probability), false),
            ("gp", Some("PIps")) => (Some(Acquisition::Probability), true),
            ("gp", Some("EIps")) => (Some(Acquisition::Improvement), true),
            ("gp", Some(other)) if other != "EI" => {
                return Err(HookError::new(format!("invalid value {other} for acq-func")));
            }
            _ => (Some(Acquisition::Improvement), false),
        };
        let noise = match req.options.get("noise") {
            None => None,
            Some(Value::Str(text)) if text == "gaussian" => None,
            Some(_) => Some(number(req, "noise", 0.0)?).filter(|noise| *noise >= 0.0),
        };
        Ok(Options {
            random_starts: (starts as u64).min(req.max_trials.unwrap_or(u64::MAX)),
            acquisition,
            per_second,
            kappa: number(req, "kappa", 1.96)?,
            xi: number(req, "xi", 0.05)?,
            noise,
        })
    }
}

fn text<'a>(req: &'a SuggestTrials, name: &str) -> Option<&'a str> {
    req.options.get(name).and_then(Value::as_str)
}

fn number(req: &SuggestTrials, name: &str, default: f64) -> HookResult<f64> {
    match req.options.get(name) {
        None | Some(Value::Null) => Ok(default),
        Some(Value::Int(n)) => Ok(*n as f64),
        Some(Value::Float(x)) if x.is_finite() => Ok(*x),
        Some(other) => {
            let shown = match other {
                Value::Str(text) => text.to_string(),
                Value::Float(x) => x.to_string(),
                _ => "given".into(),
            };
            let error = HookError::new(format!("invalid value {shown} for {name}"));
            Err(error.with_hint(match name {
                "noise" => "Give 'gaussian', or the variance of the objective's noise.",
                _ => "Give a number.",
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(optimizer: &str, options: &[(&str, Value)]) -> HookResult<Options> {
        let options = options.iter().cloned().collect();
        let optimizer = optimizer.into();
        Options::of(&SuggestTrials { optimizer, options, ..SuggestTrials::default() })
    }

    #[test]
    fn defaults_and_values() {
        let plain = of("gp", &[]).unwrap();
        assert_eq!((plain.random_starts, plain.kappa, plain.xi), (3, 1.96, 0.05));
        assert_eq!((plain.acquisition, plain.noise), (None, None));
        let forest = of("forest", &[("random-starts", (-2).into())]).unwrap();
        assert_eq!((forest.random_starts, forest.acquisition), (0, Some(Acquisition::Improvement)));
        let given = of("gp", &[("noise", Value::Float(0.5)), ("acq-func", "PIps".into())]).unwrap();
        assert_eq!((given.noise, given.per_second), (Some(0.5), true));
    }

    #[test]
    fn what_is_no_number_is_said() {
        for (name, value, message) in [
            ("noise", Value::from("loud"), "invalid value loud for noise"),
            ("kappa", Value::Float(f64::NAN), "invalid value NaN for kappa"),
            ("acq-func", "UCB".into(), "invalid value UCB for acq-func"),
        ] {
            assert_eq!(of("gp", &[(name, value)]).unwrap_err().message, message);
        }
    }
}
