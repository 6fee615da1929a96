#-*-shell-script-*-
# Completion of guild's command lines for bash: guild itself says what fits at the cursor.

_guild() {
    local IFS=$'\n' item value about described= options=--values
    COMPREPLY=()
    # A list that is shown says what the values are; what is inserted is the value alone.
    case $COMP_TYPE in 63 | 64 | 33) described=yes options= ;; esac
    local reply=($("$1" completion $options --line "${COMP_LINE:0:COMP_POINT}" --breaks="$COMP_WORDBREAKS" 2>/dev/null))
    for item in "${reply[@]}"; do
        value=${item%%$'\t'*}
        if [[ $value == *[=/] ]]; then
            compopt -o nospace 2>/dev/null
        fi
        if [[ -n $described && ${#reply[@]} -gt 1 && $item == *$'\t'* ]]; then
            about=${item#*$'\t'}
            COMPREPLY+=("$value  ($about)")
        else
            # Between quotes nothing has to be escaped.
            [[ $2 == [\"\']* ]] || printf -v value %q "$value"
            COMPREPLY+=("$value")
        fi
    done
}

complete -o nosort -F _guild guild 2>/dev/null || complete -F _guild guild
