# Completion of guild's command lines for fish: guild itself says what fits at the cursor.

function __guild_complete
    set -l words (commandline -opc) (commandline -ct)
    command $words[1] completion --words -- $words[2..-1] 2>/dev/null
end

complete -c guild -f -k -a '(__guild_complete)'
