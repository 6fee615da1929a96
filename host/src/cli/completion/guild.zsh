#compdef guild
# Completion of guild's command lines for zsh: guild itself says what fits at the cursor.

_guild() {
    local line value about
    local -a whole shown_whole open shown_open
    for line in "${(@f)$("${words[1]}" completion --words -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
        value=${line%%$'\t'*}
        [[ -n $value ]] || continue
        about=$value
        [[ $line == *$'\t'* ]] && about="$value  -- ${line#*$'\t'}"
        if [[ $value == *[=/] ]]; then
            open+=("$value") shown_open+=("$about")
        else
            whole+=("$value") shown_whole+=("$about")
        fi
    done
    (( $#whole )) && compadd -l -V guild -d shown_whole -a whole
    (( $#open )) && compadd -l -V guild-open -S '' -d shown_open -a open
    (( $#whole + $#open ))
}

if [[ $funcstack[1] == _guild ]]; then
    _guild "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
    compdef _guild guild
fi
