import type { Offers } from '../../input/flag.ts';
import {
  banner,
  flagsWithValues,
  type OutlineFlag,
  type Outlines,
  spellings,
  toPlainText,
} from './outline.ts';

/** Renders the script for Windows PowerShell 5.1 and PowerShell 7. ASCII only: 5.1 reads files in its own code page. */
export function powershell(all: Outlines): string {
  const withValue = flagsWithValues(all);
  return `# Completion of qlara for PowerShell, ${banner}
Register-ArgumentCompleter -Native -CommandName qlara -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $children = @{
${all.commands
  .filter(({ children }) => children.length > 0)
  .map(({ path, children }) =>
    entry(
      path,
      children.map(({ name, summary }) => pair(name, summary)),
    ),
  )
  .join('\n')}
  }
  $flags = @{
${all.commands
  .filter(({ flags }) => flags.length > 0)
  .map(({ path, flags }) => entry(path, flags.map(flagPair)))
  .join('\n')}
  }
  $common = @(
${all.common.map((flag) => `    ${flagPair(flag)}`).join('\n')}
  )
  $operands = @{
${all.commands
  .filter(({ operand, children }) => operand && children.length === 0)
  .map(({ path, operand }) => `    ${quoted(path)} = ${offering(operand ?? {})}`)
  .join('\n')}
  }
  # Commands whose second operand is a file.
  $firstOnly = @(${all.commands
    .filter(({ next }) => next)
    .map(({ path }) => quoted(path))
    .join(', ')})
  $values = [System.Collections.Hashtable]::new([System.StringComparer]::Ordinal)
${withValue
  .flatMap((flag) => spellings(flag).map((name) => `  $values[${quoted(name)}] = ${offering(flag.value)}`))
  .join('\n')}

  # The command before the cursor, and the flag whose value the cursor is on.
  $before = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or
      ($wordToComplete -eq '' -and $_.Extent.EndOffset -le $cursorPosition) } |
    ForEach-Object { $_.Extent.Text })
  $at = 'qlara'
  $flag = $null
  $behind = $false
  foreach ($word in @($before | Select-Object -Skip 1)) {
    if ($flag) { $flag = $null; continue }
    if ($values.ContainsKey($word)) { $flag = $word; continue }
    if ($word.StartsWith('-')) { continue }
    if ($children[$at] | Where-Object { $_[0] -ceq $word }) { $at = "$at $word" } else { $behind = $true }
  }
  function Offer($name, $summary, $kind) {
    if ($name.StartsWith($wordToComplete)) {
      [System.Management.Automation.CompletionResult]::new($name, $name, $kind, $summary)
    }
  }
  function OfferAll($offers) {
    # With no results, PowerShell offers files.
    if ($offers -is [string]) {
      # An empty argument would be dropped.
      $prefix = if ($wordToComplete) { $wordToComplete } else { '""' }
      & $before[0] __complete $offers $prefix @before 2>$null |
        ForEach-Object {
          # The part after a tab is a description.
          $parts = $_.Split([char]9)
          Offer $parts[0] $parts[-1] 'ParameterValue'
        }
    } else {
      $offers | Where-Object { $_ } | ForEach-Object { Offer $_ $_ 'ParameterValue' }
    }
  }
  if ($flag) { OfferAll $values[$flag] }
  elseif ($wordToComplete.StartsWith('-')) {
    @($common) + @($flags[$at]) | Where-Object { $_ } | ForEach-Object { Offer $_[0] $_[1] 'ParameterName' }
  }
  elseif ($children[$at]) { $children[$at] | ForEach-Object { Offer $_[0] $_[1] 'ParameterValue' } }
  elseif (-not ($behind -and $firstOnly -ccontains $at)) { OfferAll $operands[$at] }
}
`;
}

function entry(path: string, items: readonly string[]): string {
  return `    ${quoted(path)} = @(\n${items.map((item) => `      ${item}`).join('\n')}\n    )`;
}

function flagPair({ long, summary }: OutlineFlag): string {
  return pair(long, summary);
}

function pair(name: string, summary: string): string {
  return `, @(${quoted(name)}, ${quoted(toPlainText(summary))})`;
}

/** Renders choices as a list, and data of this machine as the name of its kind. */
function offering({ choices, known }: Offers): string {
  if (known) return quoted(known);
  return `@(${(choices ?? []).map(quoted).join(', ')})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
