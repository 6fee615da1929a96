//! When a run is a batch, and which.

use guild_early_stopping::Rule;
use guild_flags::command::{self, OpCmd};
use guild_flags::{define, label, value};
use guild_plugin_api::Value;
use guild_plugin_api::model::OpDef;
use guild_store::{Run, Status, batch as layout};
use indexmap::IndexMap;

use super::Args;
use super::optimizer::{self, Chosen, Found};
use super::origin::Origin;
use super::{jobs, needed, trials};
use crate::error::{Error, Result};
use crate::op::{Kept, Operation, Resolved};
use crate::run::{self, Action, Batch, Optimizer, Options, Space};
use crate::session::Session;
use crate::terminal;

/// How many trials an optimizer runs when nobody says it.
const DEFAULT_MAX_TRIALS: u64 = 20;

/// The batch that is asked for, if it is one: by the flags' values, batch files, an optimizer, or
/// the batch that is started again.
pub fn of(
    session: &Session,
    args: &Args,
    origin: &Origin,
    proto: &Operation,
) -> Result<Option<Batch>> {
    let kept = origin.batch();
    let mut program = false;
    let (operation, optimizer, proto) = match optimizer::choose(session, args, kept, proto)? {
        None => return Ok(None),
        Some(Chosen::Program(operation)) => {
            program = true;
            if args.stage_trials {
                let name = &operation.resolved.full_name;
                return Err(Error::new(format!(
                    "operation '{name}' does not support --stage-trials"
                )));
            }
            (*operation, None, proto.clone())
        }
        Some(Chosen::Grid) => (grid_operation(args, kept), None, proto.clone()),
        Some(Chosen::Plugin(found)) => {
            if args.stage_trials && found.def.sequential {
                let name = layout::optimizer_opref(&found.def.model_name, &found.def.name);
                let name = name.to_opspec(None);
                return Err(Error::new(format!(
                    "operation '{name}' does not support --stage-trials"
                )));
            }
            let proto = searched(proto, origin, &found)?;
            let space = Space::of(&proto.flags)?;
            let operation = search_operation(args, kept, &found)?;
            let Found { plugin, def, .. } = *found;
            (operation, Some(Optimizer { plugin, def, space }), proto)
        }
    };
    let attr = |name: &str| kept.and_then(|kept| kept.run.attr(name).ok().flatten());
    // Else the user who starts a batch again that a trial has ended could not get past that trial. One
    // that a queue has taken is pending.
    let has_begun = |kept: &Kept| !matches!(kept.run.status(), Status::Staged | Status::Pending);
    let waiting = kept.filter(|kept| !has_begun(kept));
    let kept_param = |name: &str| match waiting.and_then(|_| attr("run_params")) {
        Some(Value::Map(params)) => params.get(name).is_some_and(value::is_true),
        _ => false,
    };
    let max_trials = match attr("max_trials") {
        Some(Value::Int(max)) => u64::try_from(max).ok(),
        _ => None,
    };
    let default_max = match &optimizer {
        Some(optimizer) => Some(optimizer.def.max_trials.unwrap_or(DEFAULT_MAX_TRIALS)),
        None => match operation.resolved.op.other.get("default-max-trials") {
            Some(Value::Int(max)) => u64::try_from(*max).ok(),
            _ => None,
        },
    };
    let objective = match (&args.minimize, &args.maximize) {
        (Some(column), _) => column.clone(),
        (None, Some(column)) => format!("-{column}"),
        (None, None) => match attr("objective") {
            Some(Value::Str(objective)) => objective,
            _ => objective(&proto.resolved.op.objective),
        },
    };
    let devices = jobs::devices(args);
    let batch = Batch {
        operation,
        max_trials: args.max_trials.or(max_trials).or(default_max),
        optimizer,
        program,
        proto,
        objective,
        jobs: args.jobs.map_or_else(|| kept_jobs(attr("jobs")), |jobs| jobs.count(&devices)),
        devices,
        stop_early: stop_early(args, attr("stop_early").as_ref())?,
        stage_trials: args.stage_trials || attr("stage_trials").is_some_and(|v| value::is_true(&v)),
        fail_on_trial_error: args.fail_on_trial_error || kept_param("fail_on_trial_error"),
        comment: super::comment(args.batch_comment.as_deref(), args.edit_batch_comment, "batch")?,
    };
    // What is wrong with what is tried is said before there is a run.
    if !batch.program {
        batch.trials(session, 0).map(drop)?;
    }
    if batch.count() == 0 {
        let empty =
            batch.proto.flags.iter().find(|(_, v)| v.as_list().is_some_and(<[_]>::is_empty));
        let error = Error::new("there are no trials to run");
        return Err(match empty {
            Some((name, _)) => error.hint(format!("The list of values for '{name}' is empty.")),
            None => error.hint("The batch file is empty."),
        });
    }
    batch.stopper()?;
    Ok(Some(batch))
}

/// When trials that are behind the others are ended: as the user says, else as the batch had it that
/// is started again.
fn stop_early(args: &Args, kept: Option<&Value>) -> Result<Option<Rule>> {
    let kept = kept.and_then(Rule::from_value);
    let Some(algorithm) = args.stop_early.or(kept.map(|rule| rule.algorithm)) else {
        let given = [
            ("grace-period", args.grace_period.is_some()),
            ("reduction-factor", args.reduction_factor.is_some()),
        ];
        return match given.iter().find(|(_, given)| *given) {
            Some((option, _)) => Err(Error::new(format!("--{option} needs --stop-early"))
                .hint("Say how trials are to be ended early: --stop-early asha, or median.")),
            None => Ok(None),
        };
    };
    let or_kept = |given: Option<i64>, kept: Option<i64>, usual| given.or(kept).unwrap_or(usual);
    Ok(Some(Rule {
        algorithm,
        grace_period: or_kept(
            args.grace_period,
            kept.map(|rule| rule.grace_period),
            Rule::GRACE_PERIOD,
        ),
        reduction_factor: or_kept(
            args.reduction_factor,
            kept.map(|rule| rule.reduction_factor),
            Rule::REDUCTION_FACTOR,
        ),
    }))
}

/// As many trials at a time as the batch had that is started again.
fn kept_jobs(kept: Option<Value>) -> usize {
    match kept {
        Some(Value::Int(jobs)) => usize::try_from(jobs).unwrap_or(1).max(1),
        _ => 1,
    }
}

/// The operation whose flags an optimizer searches: with ranges where the definition has bounds.
fn searched(proto: &Operation, origin: &Origin, found: &Found) -> Result<Operation> {
    if proto.trials.is_some() {
        return Err(Error::new(format!("optimizer '{}' cannot use a batch file", found.def.name))
            .hint(
                "Give ranges or lists of values for the flags, or leave the optimizer out to run \
                 what the file says.",
            ));
    }
    let mut proto = proto.clone();
    if origin.kept().is_none() {
        let defs = &proto.resolved.op.flags;
        let (mut flags, mut given) = (proto.flags.clone(), proto.user_flags.clone());
        define::normalize_aliases(defs, &mut given);
        run::from_definitions(&mut flags, &given, defs);
        proto.set_flags(flags)?;
    }
    Ok(proto)
}

/// Says what is ignored because the run is no batch; fails where it cannot be.
pub fn check_no_batch(args: &Args) -> Result<()> {
    for (option, given) in [("print", args.print_trials), ("save", args.save_trials.is_some())] {
        if given {
            return Err(Error::new(format!("cannot {option} trials for a non-batch operation")));
        }
    }
    if let Some(flag) = args.opt_flags.first() {
        return Err(Error::new(format!("invalid optimizer flag {flag}: no optimizer specified")));
    }
    if args.max_trials.is_some() {
        terminal::warning("not a batch run - ignoring --max-trials");
    }
    for (option, given) in
        [("jobs", args.jobs.is_some()), ("stop-early", args.stop_early.is_some())]
    {
        if given {
            terminal::warning(&format!("not a batch run - ignoring --{option}"));
        }
    }
    if args.batch_comment.is_some() || args.edit_batch_comment {
        terminal::warning("operation is not a batch - ignoring batch comment");
    }
    Ok(())
}

/// What a search is to make small, from the operation's `objective`.
fn objective(defined: &Value) -> String {
    let column = |name: &str| defined.get(name).and_then(Value::as_str);
    match (defined, column("maximize"), column("minimize")) {
        (Value::Str(column), ..) => column.clone(),
        (_, Some(column), _) => format!("-{column}"),
        (_, None, Some(column)) => column.into(),
        _ => "loss".into(),
    }
}

/// The operation of a batch that runs all combinations, as Guild AI 0.9.0 has it.
fn grid_operation(args: &Args, kept: Option<&Kept>) -> Operation {
    let words = layout::GRID_COMMAND.map(Into::into).into();
    let own = own_operation(args, kept, words);
    Operation {
        resolved: Resolved {
            name: layout::GRID.into(),
            full_name: layout::GRID.into(),
            opref: layout::grid_opref(),
            ..Resolved::default()
        },
        delete_on_success: kept.is_none_or(Kept::delete_on_success) && !args.keep_batch,
        ..own
    }
}

/// The operation of a batch whose trials an optimizer chooses.
fn search_operation(args: &Args, kept: Option<&Kept>, found: &Found) -> Result<Operation> {
    let def = &found.def;
    let exec = def.exec.as_deref().unwrap_or_default();
    let words = command::template_args(exec)
        .map_err(|e| Error::new(format!("plugin '{}': {e} in exec '{exec}'", found.plugin)))?;
    let opref = layout::optimizer_opref(&def.model_name, &def.name);
    let delete = kept.map_or(def.delete_on_success, Kept::delete_on_success);
    let own = own_operation(args, kept, words);
    let label = label::render_label(own.label_template.as_deref(), &found.flags);
    Ok(Operation {
        resolved: Resolved {
            name: def.name.clone(),
            full_name: opref.to_opspec(None),
            op: OpDef { flags: def.flags.clone(), ..OpDef::default() },
            opref,
            ..Resolved::default()
        },
        flags: found.flags.clone(),
        user_flags: found.user_flags.clone(),
        label,
        delete_on_success: delete && !args.keep_batch,
        ..own
    })
}

/// What the operation of any batch has, whose template are `words`.
fn own_operation(args: &Args, kept: Option<&Kept>, words: Vec<String>) -> Operation {
    let template = OpCmd {
        args: words,
        env: [("NO_OP_INTERRUPTED_MSG".to_string(), Value::from("1"))].into(),
        flags_dest: "args".into(),
        ..OpCmd::default()
    };
    let given = label::label_template(args.batch_label.as_deref(), &args.batch_tags, None);
    let label_template = given.or_else(|| kept.and_then(Kept::label_template));
    Operation {
        label: label::render_label(label_template.as_deref(), &IndexMap::new()),
        template,
        label_template,
        tags: args.batch_tags.clone(),
        sourcecode_dest: ".".into(),
        kept: kept.cloned(),
        ..Operation::default()
    }
}

/// Does what is asked of a batch; gives what guild exits with.
pub fn main(
    session: &Session,
    args: &Args,
    origin: &Origin,
    batch: &Batch,
    options: &Options,
) -> Result<u8> {
    let seed = options
        .random_seed
        .or_else(|| kept_seed(origin))
        .unwrap_or_else(|| fastrand::i64(0..=1 << 32));
    let options = Options { random_seed: options.random_seed, ..options.clone() };
    if trials::show(session, args, batch, seed)? {
        return Ok(0);
    }
    let action = match origin {
        Origin::Restart(earlier) => Action::Start(earlier.run()),
        _ => Action::Run,
    };
    let question = || run::preview_batch(batch, action, args.stage, &session.cwd);
    if !args.yes && !terminal::confirm(&question(), true)? {
        return Ok(super::EXIT_REFUSED);
    }
    if args.needed && needed::is_batch_done(session, batch, origin.run())? {
        return Ok(0);
    }
    if args.stage || args.background || args.pidfile.is_some() {
        let run = batch.stage(session, &options)?;
        return super::staged(session, args, &batch.operation, &run);
    }
    batch.run(session, &options)
}

fn kept_seed(origin: &Origin) -> Option<i64> {
    origin.batch().and_then(|kept| kept.run.int_attr("random_seed").ok().flatten())
}

/// The run of a batch that `run` is, with the prototype's own reading.
pub fn is_like(run: &Run, batch: &Batch) -> bool {
    let Some(proto) = run.proto() else { return false };
    let same_op = |run: &Run, op: &Operation| {
        run.opref().ok().flatten().as_ref() == Some(&op.resolved.opref)
            && run::has_flags(run, &op.flags)
    };
    same_op(run, &batch.operation) && same_op(&proto, &batch.proto)
}
