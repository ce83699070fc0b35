import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { DEVICES } from '../../shared/domain/device'
import {
  EXPORT_KINDS,
  PageLanguageSchema,
  type ExportKind,
} from '../../shared/domain/exportRequest'
import { LATENT_PATHS } from '../../shared/domain/sample'
import { LOSSES, PRESETS } from '../../shared/domain/trainConfig'
import { ENGINES } from '../../shared/domain/engine'
import { addData } from './data'
import { addEngine, listEngines, removeEngine, repairEngine } from './engine'
import { showDevices } from './devices'
import { exportFromRun } from './export'
import { defaultHome } from './home'
import { branchFrom, exportRun, importFile, renameRun, tagRun } from './history'
import { Output, printable, type Context } from './output'
import { rehearseRun } from './rehearse'
import { repair, verifyRuns } from './repair'
import { listRuns, showRun } from './runs'
import { drawSamples } from './samples'
import { traceFile } from './trace'
import { resumeRun, trainNew } from './train'
import { addTrainOptions, criticSteps, cropOption, seconds, wholeNumber } from './trainOptions'

/** Exit codes: done, failed with one line on stderr, used wrongly. */
const OK = 0
const FAILED = 1
const WRONG_USAGE = 2

function share(text: string): number {
  const value = Number(text)
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('give a number from 0 to 1.')
  return value
}

function seedList(text: string): number[] {
  return text.split(',').map(wholeNumber(0))
}

function positiveNumber(text: string): number {
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError('give a number above 0.')
}

function buildProgram(): Command {
  const program = new Command('sprout')
    .description('Grow ProGANs on your own machine, without a window.')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .option('--home <folder>', 'folder of runs and datasets', defaultHome())
    .option('--json', 'print one JSON object a line', false)

  const context = (command: Command) => {
    const { home, json } = command.optsWithGlobals<{ home: string; json: boolean }>()
    return { home, output: new Output(json) }
  }

  addTrainOptions(
    program.command('train').description('prepare pictures, create a run and train it'),
  ).action((options, command: Command) => trainNew(context(command), options))
  program
    .command('rehearse')
    .description(
      'try each stage of a run for a moment: speed, time, memory and disk; say what fits',
    )
    .addOption(
      new Option('--preset <name>', 'size of the networks').choices(PRESETS).default('tiny'),
    )
    .option('--to <pixels>', 'final resolution', wholeNumber(1), 32)
    .addOption(new Option('--from <pixels>', 'first resolution').choices(['4', '8']).default('4'))
    .option('--tutorial', 'with what courses train with', false)
    .addOption(new Option('--loss <name>', 'objective (default: "wgan-gp")').choices(LOSSES))
    .option('--critic-steps <n>', 'discriminator updates for one of the generator', criticSteps)
    .addOption(
      new Option('--channels <n>', 'picture channels').choices(['1', '3', '4']).default('3'),
    )
    .option('--batch <n>', 'images of one step, at every size', wholeNumber(1))
    .option('--images <n>', 'stop after this many images', wholeNumber(1))
    .option('--fade-images <n>', 'images of each fade', wholeNumber(0))
    .option('--stable-images <n>', 'images of each stable phase', wholeNumber(1))
    .option('--pictures <n>', 'pictures that are still to be prepared', wholeNumber(0))
    .addOption(
      new Option('--device <name>', 'what to compute with; auto takes the fastest that works')
        .choices([...DEVICES, 'auto'])
        .default('cpu'),
    )
    .option('--memory <MiB>', 'memory it may take; what is free where left out', wholeNumber(1))
    .option('--again', 'measure anew what was measured before', false)
    .action((options, command: Command) => rehearseRun(context(command), options))
  program
    .command('resume <run>')
    .description('go on with a run from its last checkpoint')
    .addOption(
      new Option('--device <name>', 'compute with another than before').choices([
        ...DEVICES,
        'auto',
      ]),
    )
    .action((run: string, options, command: Command) => resumeRun(context(command), run, options))
  program
    .command('devices')
    .description('try what this machine could compute with, each in a process of its own')
    .option('--again', 'try what was tried before as well', false)
    .action((options, command: Command) => showDevices(context(command), options))
  program
    .command('runs')
    .description('list all runs')
    .action((_, command: Command) => listRuns(context(command)))
  program
    .command('show <run>')
    .description('tell all about one run')
    .action((run: string, _, command: Command) => showRun(context(command), run))
  program
    .command('verify [run]')
    .description('check a run file and every checkpoint in it; without a run, all files')
    .action((run: string | undefined, _, command: Command) => verifyRuns(context(command), run))
  program
    .command('repair <run>')
    .description(
      'save what can be read of a damaged run or dataset; the damaged file is kept beside',
    )
    .action((wanted: string, _, command: Command) => repair(context(command), wanted))
  program
    .command('samples <run>')
    .description('draw samples into one PNG')
    .option('--count <n>', 'pictures', wholeNumber(1), 64)
    .option('--columns <n>', 'pictures in a row', wholeNumber(1))
    .option('--seed <n>', 'seed of the latents', wholeNumber(0), 1)
    .option('--class <name>', 'draw this class alone')
    .option('--truncation <share>', '1 as trained, towards 0 nearer the mean picture', share, 1)
    .option('--labels', 'write the seed below each picture', false)
    .requiredOption('--out <file>', 'the PNG to write')
    .action((run: string, options, command: Command) => drawSamples(context(command), run, options))
  program
    .command('data')
    .description('prepared datasets')
    .command('add <folder>')
    .description('prepare a folder of pictures')
    .option('--to <pixels>', 'largest resolution', wholeNumber(1), 32)
    .addOption(new Option('--channels <n>', 'picture channels').choices(['1', '3', '4']))
    .addOption(cropOption())
    .option('--drop-duplicates', 'leave out files with the same bytes as another', false)
    .action((folder: string, options, command: Command) =>
      addData(context(command), folder, options),
    )
  addExportCommands(program, context)
  addHistoryCommands(program, context)
  addEngineCommands(program, context)
  return program
}

function addExportCommands(program: Command, context: (command: Command) => Context): void {
  program
    .command('export <run>')
    .description(`make something of a run: ${EXPORT_KINDS.join(', ')}`)
    .addArgument(new Argument('<kind>', 'what to make').choices(EXPORT_KINDS))
    .requiredOption('--out <path>', 'the file, or for pictures the folder or ZIP file, to write')
    .option('--checkpoint <id>', 'draw from this one; the newest where left out', wholeNumber(1))
    .option('--count <n>', 'pictures', wholeNumber(1), 64)
    .option('--seed <n>', 'seed of the first picture', wholeNumber(0), 1)
    .option('--seeds <list>', 'just these, as 3,14,15; the stops of a walk', seedList)
    .option('--class <name>', 'draw this class alone')
    .option('--truncation <share>', '1 as trained, towards 0 nearer the mean picture', share, 1)
    .option('--columns <n>', 'pictures in a row of a sheet', wholeNumber(1))
    .option('--labels', 'write the seed below each picture of a sheet', false)
    .addOption(new Option('--path <way>', 'of a walk').choices(LATENT_PATHS).default('spherical'))
    .option('--loop', 'let a walk end where it begins', false)
    .option('--seconds <n>', 'length of a walk or time lapse', seconds, 6)
    .option('--fps <n>', 'frames a second', wholeNumber(1), 20)
    .option('--width <pixels>', 'of a walk or time lapse', wholeNumber(1), 256)
    .option('--tile <n>', 'one picture of the mosaics in a time lapse', wholeNumber(0))
    .addOption(
      new Option('--language <name>', 'of an HTML page')
        .choices(PageLanguageSchema.options)
        .default('en'),
    )
    .addOption(
      new Option('--format <name>', 'where the name of the file does not tell').choices([
        'webp',
        'gif',
        'folder',
        'zip',
        'csv',
        'json',
      ]),
    )
    .action((run: string, kind: ExportKind, options, command: Command) =>
      exportFromRun(context(command), run, kind, options),
    )
  program
    .command('trace <file>')
    .description('tell which run and seed a picture was drawn from')
    .action((file: string, _, command: Command) => traceFile(context(command), file))
}

function addHistoryCommands(program: Command, context: (command: Command) => Context): void {
  program
    .command('rename <run> <name>')
    .description('give a run another name')
    .action((run: string, name: string, _, command: Command) =>
      renameRun(context(command), run, name),
    )
  program
    .command('tag <run> <tags...>')
    .description('add tags to a run')
    .option('--remove', 'take them away', false)
    .action((run: string, tags: string[], options, command: Command) =>
      tagRun(context(command), run, tags, options),
    )
  program
    .command('export-run <run> <file>')
    .description('write a copy of a run, checkpoints and all, also while it trains')
    .action((run: string, file: string, _, command: Command) =>
      exportRun(context(command), run, file),
    )
  program
    .command('import <file>')
    .description('check a run file from elsewhere and take a copy of it in')
    .action((file: string, _, command: Command) => importFile(context(command), file))
  program
    .command('branch <run>')
    .description('make a run that goes on from a checkpoint of another, with other settings')
    .option('--from <images>', 'the checkpoint at so many images; the newest', wholeNumber(0))
    .option('--name <name>', 'name of the branch')
    .addOption(new Option('--loss <name>', 'objective').choices(LOSSES))
    .option('--to <pixels>', 'grow on to this size, or stop at it', wholeNumber(1))
    .option('--learning-rate <rate>', 'of the stage at hand and later ones', positiveNumber)
    .option('--fade-images <n>', 'images of each later fade', wholeNumber(0))
    .option('--stable-images <n>', 'images of this and each later stable phase', wholeNumber(1))
    .option('--images <n>', 'stop after this many images in all', wholeNumber(1))
    .option('--checkpoint-seconds <n>', 'seconds between two checkpoints', seconds)
    .action((run: string, options, command: Command) => branchFrom(context(command), run, options))
}

function addEngineCommands(program: Command, context: (command: Command) => Context): void {
  const engine = program.command('engine').description('engines that can be added')
  const name = () => new Argument('<name>', 'which one').choices(ENGINES)
  const from = 'a wheel, or a folder of what was downloaded before'
  engine
    .command('list')
    .description('list the engines')
    .action((_, command: Command) => listEngines(context(command)))
  engine
    .command('add')
    .description('download, build and install an engine')
    .addArgument(name())
    .option('--from <path>', from)
    .option('--again', 'install it even where it is installed', false)
    .action((_, options, command: Command) => addEngine(context(command), options))
  engine
    .command('repair')
    .description('check every file of an engine and make damaged ones anew')
    .addArgument(name())
    .option('--from <path>', from)
    .action((_, options, command: Command) => repairEngine(context(command), options))
  engine
    .command('remove')
    .description('remove an engine and its downloads')
    .addArgument(name())
    .action((_name, _options, command: Command) => removeEngine(context(command)))
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
