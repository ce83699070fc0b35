import { Command, CommanderError } from 'commander'
import { addDataCommands } from './data'
import { addDevicesCommand } from './devices'
import { addEngineCommands } from './engine'
import { addExportCommand } from './export'
import { addHistoryCommands } from './history'
import { defaultHome } from './home'
import { printable } from './output'
import { addRehearseCommand } from './rehearse'
import { addRepairCommands } from './repair'
import { addRunsCommands } from './runs'
import { addSamplesCommand } from './samples'
import { addTraceCommand } from './trace'
import { addResumeCommand, addTrainCommand } from './train'

/** Exit codes: done, failed with one line on stderr, used wrongly. */
const OK = 0
const FAILED = 1
const WRONG_USAGE = 2

/** All commands in the order in which `sprout --help` lists them; each is declared beside its work. */
const COMMANDS: readonly ((program: Command) => void)[] = [
  addTrainCommand,
  addRehearseCommand,
  addResumeCommand,
  addDevicesCommand,
  addRunsCommands,
  addRepairCommands,
  addSamplesCommand,
  addDataCommands,
  addExportCommand,
  addTraceCommand,
  addHistoryCommands,
  addEngineCommands,
]

function buildProgram(): Command {
  const program = new Command('sprout')
    .description('Grow ProGANs on your own machine, without a window.')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .option('--home <folder>', 'folder of runs and datasets', defaultHome())
    .option('--json', 'print one JSON object a line', false)
  for (const add of COMMANDS) add(program)
  return program
}

async function main(): Promise<number> {
  try {
    await buildProgram().parseAsync(process.argv)
    return OK
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? OK : WRONG_USAGE
    const message = error instanceof Error ? error.message : String(error)
    process.stderr.write(`sprout: ${printable(message).replaceAll(/\s*\n\s*/g, ' ')}\n`)
    return FAILED
  }
}

void main().then((code) => {
  process.exitCode = code
})
