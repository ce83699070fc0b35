import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Resolution } from '../../../shared/domain/resolution'
import { trainConfigFor } from '../../../shared/domain/presets'
import type { TrainConfig } from '../../../shared/domain/trainConfig'
import { positionAt, type Segment } from '../../../shared/schedule'
import { prepareDataset } from '../../../main/pictures/prepare'
import { OnnxEngine } from '../../../main/runtime/onnx'
import { openHome } from '../../../main/store/home'
import { initialState } from '../../../main/trainer/networkState'
import { Pace } from '../../../main/trainer/pace'
import { ReadAhead } from '../../../main/trainer/readAhead'
import { trainStepProgram } from '../../../main/trainer/step'
import { option } from '../option'

/**
 * The share of a training step's time that goes into waiting for its pictures, and how long one takes to come when
 * nothing is ready: emoji, preset tiny, stable phases with default batches.
 *
 * usage: data [--sizes 4,16,64,128,256] [--seconds 10] [--pictures 600]
 */
const EMOJI = join(process.cwd(), 'node_modules/@lobehub/fluent-emoji-3d/assets')
const READER = join(process.cwd(), 'out/main/reader.cjs')

/** The last stable phase of a run up to a size. */
function lastSegment(config: TrainConfig): Segment {
  return positionAt(config, Number.MAX_SAFE_INTEGER)
}

async function measure(resolution: Resolution, datasetFile: string): Promise<string> {
  const config = trainConfigFor({
    seed: 1,
    channels: 4,
    preset: 'tiny',
    firstResolution: 4,
    finalResolution: resolution,
    mirror: true,
  })
  const segment = lastSegment(config)
  const program = trainStepProgram(config, segment)
  await using ahead = new ReadAhead({
    config,
    segment,
    datasetFile,
    readerFile: READER,
    inputs: program.inputs,
    imagesSeen: segment.start,
    step: 0,
    end: segment.end,
  })
  const began = performance.now()
  await ahead.take(1)
  const first = performance.now() - began
  await using session = await new OnnxEngine().load(program)
  await session.setState(initialState(config, resolution))
  const pace = new Pace(config.intervals, segment.batch)
  let [imagesSeen, waited, worked, steps] = [segment.start, 0, 0, 0]
  while (waited + worked < 1000 * Number(option('seconds', '10')) || steps < 4) {
    const asked = performance.now()
    const wanted = pace.stepsUntilDue(imagesSeen, segment.end)
    const inputs = await ahead.take(Math.min(wanted, ahead.most))
    const started = performance.now()
    await session.run(inputs)
    ahead.release(inputs.length)
    const ended = performance.now()
    pace.ran(inputs.length, ended - started)
    waited += started - asked
    worked += ended - started
    steps += inputs.length
    imagesSeen += inputs.length * segment.batch
  }
  const share = (100 * waited) / (waited + worked)
  return `| ${resolution} | ${segment.batch} | ${(worked / steps).toFixed(1)} | ${share.toFixed(3)} % | ${first.toFixed(0)} |`
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sprout-bench-data-'))
  try {
    const pictures = join(folder, 'pictures')
    mkdirSync(pictures)
    for (const name of readdirSync(EMOJI).slice(0, Number(option('pictures', '600')))) {
      copyFileSync(join(EMOJI, name), join(pictures, name))
    }
    const home = openHome(join(folder, 'home'))
    const sizes = option('sizes', '4,16,64,128,256').split(',').map(Number) as Resolution[]
    const { id } = await prepareDataset(home, {
      source: { kind: 'folder', path: pictures },
      crop: 'centre',
      channels: 4,
      finalResolution: Math.max(...sizes) as Resolution,
    })
    console.log('| px | batch | ms a step | waiting for data | ms until the first |')
    console.log('| ---: | ---: | ---: | ---: | ---: |')
    for (const size of sizes) console.log(await measure(size, home.datasetFile(id)))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

void main()
