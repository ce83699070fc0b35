import type { Command } from 'commander'
import type { Device, Verdict } from '../../shared/domain/device'
import { chooseDevice, type DeviceWish } from '../devices/choose'
import { probeDevices, type DeviceReport } from '../devices/probe'
import { jobsHere } from '../ipc/jobsHere'
import { openHome, type Home } from '../store/home'
import { contextOf, type Context } from './output'

/** Adds `sprout devices`. */
export function addDevicesCommand(program: Command): void {
  program
    .command('devices')
    .description('try what this machine could compute with, each in a process of its own')
    .option('--again', 'try what was tried before as well', false)
    .action((options, command: Command) => showDevices(contextOf(command), options))
}

/** `sprout devices`: tries each device that is not known yet and prints what was found. Ctrl-C stops at once. */
export async function showDevices(context: Context, options: { again: boolean }): Promise<void> {
  const { output } = context
  const reports = await interruptibly((signal) =>
    probeDevices(openHome(context.home), jobsHere(__dirname), {
      again: options.again,
      signal,
      onTrying: (device) => output.progress({ type: 'trying', device }, `Trying ${device}`),
    }),
  )
  if (output.json) for (const report of reports) output.line({ type: 'device', ...report }, '')
  else output.line({}, table(reports))
}

/** The device for a run, tried first unless it is the CPU or known; tells which one `auto` came to. */
export async function deviceFor(
  { output }: Context,
  home: Home,
  wish: DeviceWish,
): Promise<Device> {
  const device = await interruptibly((signal) =>
    chooseDevice(home, jobsHere(__dirname), wish, {
      signal,
      onTrying: (trying) => output.progress({ type: 'trying', device: trying }, `Trying ${trying}`),
    }),
  )
  if (wish === 'auto') output.line({ type: 'chosen', device }, `Device: ${device}`)
  return device
}

async function interruptibly<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController()
  const interrupt = () => abort.abort(new Error('Stopped; what was found is remembered.'))
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  try {
    return await work(abort.signal)
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}

function table(reports: readonly DeviceReport[]): string {
  const rows = [
    ['device', 'state', 'images/s', 'CPU', ''],
    ...reports.map(({ device, verdict }) => rowOf(device, verdict)),
  ]
  const widths = [0, 1, 2, 3].map((i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows
    .map(([device, state, speed, cpu, note]) =>
      [
        device!.padEnd(widths[0]!),
        state!.padEnd(widths[1]!),
        speed!.padStart(widths[2]!),
        cpu!.padStart(widths[3]!),
        note!,
      ]
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const STATES: Readonly<Record<Verdict['kind'], string>> = {
  works: 'works',
  wrong: 'wrong answers',
  crashed: 'crashed',
  hung: 'hung',
  refused: 'refused',
  absent: 'not present',
}

function rowOf(device: Device, verdict: Verdict): string[] {
  const state = STATES[verdict.kind]
  if (verdict.kind !== 'works') return [device, state, '-', '-', verdict.message]
  const { imagesPerSecond, cpuImagesPerSecond, step, error } = verdict
  const figure = (speed: number) => speed.toFixed(speed < 10 ? 2 : 0)
  const note =
    step === 'small'
      ? `small step alone; error ${error.toExponential(0)}`
      : `error ${error.toExponential(0)}`
  return [
    device,
    state,
    figure(imagesPerSecond),
    figure(cpuImagesPerSecond),
    device === 'cpu' ? '' : note,
  ]
}
