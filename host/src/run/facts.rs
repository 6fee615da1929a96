//! [`RunFacts`]: what can be asked of a run by name, for filters, columns and choosing by value.

use std::cell::OnceCell;

use guild_index::Index;
use guild_plugin_api::Value;
use guild_query::columns::{Qualifier, Source};
use guild_query::filter::Facts;
use guild_scalars::summary::ScalarSummary;
use guild_store::format::{Context, Details, operation_of};
use guild_store::{OpRef, Run, Status, attr, clock};

/// Answers about one run. Each kind of thing is read when it is first asked for.
pub struct RunFacts<'a> {
    run: &'a Run,
    context: &'a Context,
    index: &'a Index,
    details: OnceCell<Details>,
    opref: OnceCell<Option<OpRef>>,
    status: OnceCell<Status>,
    started: OnceCell<Option<i64>>,
    stopped: OnceCell<Option<i64>>,
    flags: OnceCell<Value>,
    scalars: OnceCell<Vec<ScalarSummary>>,
}

impl<'a> RunFacts<'a> {
    /// Answers about `run` for the user of `context`, with what `index` knows of it.
    pub fn new(run: &'a Run, context: &'a Context, index: &'a Index) -> RunFacts<'a> {
        RunFacts {
            run,
            context,
            index,
            details: OnceCell::new(),
            opref: OnceCell::new(),
            status: OnceCell::new(),
            started: OnceCell::new(),
            stopped: OnceCell::new(),
            flags: OnceCell::new(),
            scalars: OnceCell::new(),
        }
    }

    /// What a column shows for the run; none where there is nothing.
    pub fn column(&self, source: &Source) -> Option<Value> {
        match source {
            Source::Attr(name) => self.attr(name),
            Source::Flag(name) => self.flag(name),
            Source::Scalar { key, qualifier, step } => self.scalar_value(key, *qualifier, *step),
        }
    }

    fn scalar_value(&self, key: &str, qualifier: Option<Qualifier>, step: bool) -> Option<Value> {
        let (prefix, tag) = split_key(key);
        let wanted = |s: &&ScalarSummary| {
            s.tag == tag
                && prefix.is_none_or(|p| s.prefix.to_lowercase().starts_with(&p.to_lowercase()))
        };
        let scalar = self.scalars().iter().find(wanted)?;
        let point = match qualifier.unwrap_or(Qualifier::Last) {
            Qualifier::First => scalar.first,
            Qualifier::Last => scalar.last,
            Qualifier::Min => scalar.min,
            Qualifier::Max => scalar.max,
            Qualifier::Avg => return (!step).then(|| scalar.avg().into()),
            Qualifier::Total => return (!step).then(|| scalar.total.into()),
            Qualifier::Count => return (!step).then(|| scalar.count.into()),
        };
        Some(if step { point.step.into() } else { point.value.into() })
    }

    fn details(&self) -> &Details {
        self.details.get_or_init(|| Details::of(self.run, None, self.context))
    }

    /// An attribute when the run was listed; none where it is missing or cannot be read.
    pub fn kept_attr(&self, name: &str) -> Option<Value> {
        self.run.listed_attr(name).ok().flatten()
    }

    /// Which operation it is a run of; none where that cannot be read.
    pub fn opref(&self) -> Option<&OpRef> {
        self.opref.get_or_init(|| self.run.listed_opref().ok().flatten()).as_ref()
    }

    /// The flags, a map; null where they cannot be read.
    pub fn flags(&self) -> &Value {
        self.flags.get_or_init(|| self.kept_attr("flags").unwrap_or_default())
    }

    fn status(&self) -> Status {
        *self.status.get_or_init(|| self.run.listed_status())
    }

    fn started(&self) -> Option<i64> {
        *self.started.get_or_init(|| self.run.listed_started().ok().flatten())
    }

    fn stopped(&self) -> Option<i64> {
        let read = || self.kept_attr("stopped").as_ref().and_then(attr::number);
        *self.stopped.get_or_init(read)
    }

    /// The run's scalars, by prefix and tag.
    pub fn scalars(&self) -> &[ScalarSummary] {
        self.scalars.get_or_init(|| self.index.scalars(self.run))
    }
}

/// `TAG`, or `PREFIX#TAG`.
fn split_key(key: &str) -> (Option<&str>, &str) {
    match key.split_once('#') {
        Some((prefix, tag)) => (Some(prefix), tag),
        None => (None, key),
    }
}

impl Facts for RunFacts<'_> {
    /// The names that 0.9.0's index derives, else the attribute as it is kept.
    fn attr(&self, name: &str) -> Option<Value> {
        let clock = |time: Option<i64>| {
            time.map_or_else(String::new, |time| clock::format_time(time, &self.context.zone))
        };
        // Each reads no more than it needs: comparisons ask for some of these of every run.
        let detail = match name {
            "run" | "short_id" => return Some(self.run.short_id().into()),
            "id" => return Some(self.run.id().into()),
            "op" => return Some(self.opref().map_or("", |opref| &opref.op_name).into()),
            "operation" => return Some(operation_of(self.run, self.opref()).into()),
            "started" => return Some(clock(self.started()).into()),
            "stopped" => return Some(clock(self.stopped()).into()),
            "status" => return Some(self.status().as_str().into()),
            "time" => return self.time().map(Value::Str),
            "sourcecode" => {
                let digest = self.details().get("sourcecode_digest").unwrap_or_default();
                return Some(Value::Str(digest.chars().take(8).collect()));
            }
            "model" | "from" => name,
            _ => return self.kept_attr(name),
        };
        self.details().get(detail).map(Value::Str)
    }

    fn flag(&self, name: &str) -> Option<Value> {
        self.flags().get(name).cloned()
    }

    fn scalar(&self, key: &str) -> Option<Value> {
        let (prefix, tag) = split_key(key);
        let prefix = prefix.filter(|p| !p.is_empty());
        let wanted = |s: &&ScalarSummary| s.tag == tag && prefix.is_none_or(|p| p == s.prefix);
        let value = self.scalars().iter().find(wanted)?.last.value;
        (!value.is_nan()).then(|| value.into())
    }
}

impl RunFacts<'_> {
    /// How long the run took, or takes until now; none for one that was stopped without a trace.
    fn time(&self) -> Option<String> {
        let end = if self.status() == Status::Running { None } else { Some(self.stopped()?) };
        Some(clock::format_duration(self.started()?, end))
    }
}
