//! Which files of a project are source code, in addition to what the host decides.

use guild_plugin_api::model::SourceRule;

/// The rules of Guild AI 0.9.0 for Python: no byte code, no virtual environments, nothing that a
/// build makes. The rules are about folders; none of them takes a file in.
pub fn default_rules() -> Vec<SourceRule> {
    let exclude = |pattern: &str, sentinel: Option<&str>| SourceRule {
        include: false,
        patterns: vec![pattern.to_owned()],
        kind: Some("dir".to_owned()),
        sentinel: sentinel.map(str::to_owned),
        ..SourceRule::default()
    };
    vec![
        exclude("__pycache__", None),
        exclude("*", Some("bin/activate")),
        exclude("*", Some("Scripts/activate")),
        exclude("build", None),
        exclude("dist", None),
        exclude("*.egg-info", None),
    ]
}

#[cfg(test)]
mod tests {
    #[test]
    fn folders_only() {
        let rules = super::default_rules();
        assert_eq!(rules.len(), 6);
        assert!(rules.iter().all(|r| !r.include && r.kind.as_deref() == Some("dir")));
        assert_eq!(rules[1].sentinel.as_deref(), Some("bin/activate"));
    }
}
