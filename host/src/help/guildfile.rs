//! `guild help`: the models and operations of a Guild file.

use guild_flags::value::text;
use guild_guildfile::{Guildfile, Model};
use guild_plugin_api::Value;
use guild_plugin_api::model::OpDef;

use super::document::{Document, Form};

/// Help for what a Guild file defines, which `place` names: `the current directory`. The title is
/// for Markdown.
pub fn guildfile(
    file: &Guildfile,
    place: &str,
    form: Form,
    title: Option<&str>,
    width: usize,
) -> String {
    let mut out = Document::new(form, width);
    if let Some(title) = title.filter(|_| matches!(form, Form::Markdown { .. })) {
        out.heading(title);
        out.indent();
        out.gap();
    }
    out.section("Overview");
    match form {
        Form::Console { .. } => console_overview(&mut out, place),
        _ => out.text(MARKDOWN_OVERVIEW),
    }
    models(&mut out, file);
    out.into_text()
}

/// The description of the package that a Guild file defines, as package indexes take it.
pub fn package(file: &Guildfile, width: usize) -> String {
    let mut out = Document::new(Form::Rst, width);
    if let Some(package) = &file.package {
        out.section(&package.name);
        if let Some(description) = &package.description {
            out.description(description);
        }
        if let Some(Value::List(tags)) = package.other.get("tags") {
            out.gap();
            let tags: Vec<_> = tags.iter().map(text).collect();
            out.text(&format!("Keywords: {}", tags.join(" ")));
        }
    }
    models(&mut out, file);
    out.into_text()
}

fn console_overview(out: &mut Document, place: &str) {
    let paragraphs = [
        &format!("You are viewing help for operations defined in {place}."),
        "To run an operation use 'guild run OPERATION' where OPERATION is one of options listed \
         below. If an operation is associated with a model, include the model name as \
         MODEL:OPERATION.",
        "To list available operations, run 'guild operations'.",
        "Set operation flags using 'FLAG=VALUE' arguments to the run command. Refer to the \
         operations below for a list of supported flags.",
        "For more information on running operations, try 'guild run --help'.",
        "For general information, try 'guild --help'.",
    ];
    out.text(&paragraphs.join("\n\n"));
}

const MARKDOWN_OVERVIEW: &str = "The models and operations are listed below. To run a model \
    operation use:\n\n\u{8}\n```\n$ guild run [MODEL:]OPERATION\n```\n\n`MODEL` is one of the model names \
    listed below and `OPERATION` is an associated model operation or base operation.\n\nYou may set \
    operation flags using `FLAG=VALUE` arguments to the run command. Refer to the operations below \
    for a list of supported flags.";

/// The operations without a model, then the models by name; those that are private come last.
fn models(out: &mut Document, file: &Guildfile) {
    let mut models: Vec<&Model> = file.models.iter().collect();
    models.sort_by_key(|m| (m.name.starts_with('_'), m.name.clone()));
    let (nameless, named): (Vec<&Model>, Vec<&Model>) =
        models.into_iter().partition(|m| m.name.is_empty());
    if let Some(model) = nameless.last().filter(|m| !m.operations.is_empty()) {
        out.section("Base Operations");
        if let Some(description) = description(model.description.as_deref()) {
            out.description(description);
            out.gap();
        }
        operations(out, model);
    }
    if named.is_empty() {
        return;
    }
    out.section("Models");
    for (i, model) in named.into_iter().enumerate() {
        if i > 0 {
            out.gap();
        }
        one_model(out, model);
    }
}

fn one_model(out: &mut Document, model: &Model) {
    out.heading(&model.name);
    out.indent();
    if let Some(description) = description(model.description.as_deref()) {
        out.gap();
        out.description(description);
    }
    out.gap();
    out.subheading("Operations");
    out.gap();
    out.indent();
    match model.operations.is_empty() {
        true => out.text("No operations defined for this model"),
        false => operations(out, model),
    }
    out.dedent();
    out.gap();
    if let Some(Value::List(references)) = model.other.get("references") {
        out.subheading("References");
        out.gap();
        out.indent();
        for reference in references {
            out.text(&format!("\u{8}\n- {}", text(reference)));
        }
        out.dedent();
    }
    out.dedent();
}

fn operations(out: &mut Document, model: &Model) {
    let public = model.operations.iter().filter(|(name, _)| !name.starts_with('_'));
    for (i, (name, op)) in public.enumerate() {
        if i > 0 {
            out.gap();
        }
        operation(out, name, op);
    }
}

fn operation(out: &mut Document, name: &str, op: &OpDef) {
    out.heading(name);
    out.indent();
    let description = description(op.description.as_deref());
    if let Some(description) = description {
        out.description(description);
    }
    if !op.flags.is_empty() {
        if description.is_some() {
            out.gap();
        }
        out.subheading("Flags");
        out.indent();
        out.flags(&op.flags);
        out.dedent();
    }
    out.dedent();
}

fn description(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}
