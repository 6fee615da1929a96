# Completion of guild's command lines for PowerShell: guild itself says what fits at the cursor.

Register-ArgumentCompleter -Native -CommandName guild -ScriptBlock {
    param($word, $ast, $cursor)
    $program = $ast.CommandElements[0].Value
    $line = $ast.Extent.Text.PadRight($cursor - $ast.Extent.StartOffset)
    $line = $line.Substring(0, $cursor - $ast.Extent.StartOffset)
    & $program completion --line "$line" 2>$null | ForEach-Object {
        $value, $about = $_ -split "`t", 2
        if (-not $about) { $about = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $about)
    }
}
