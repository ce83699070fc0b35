import { readFileSync, rmSync } from 'node:fs'
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import * as v from 'valibot'
import type { Compiled, Port } from '../../../main/compiler/compile'
import { probeBlock } from '../../../main/runtime/blockedLayout'
import { physicalCores } from '../../../main/runtime/devices'
import { ProgramGraph } from '../../../main/runtime/programGraph'
import { randomStream } from '../../../main/trainer/random'
import { trainStepProgram } from '../../../main/trainer/step'
import type { Resolution } from '../../../shared/domain/resolution'
import { trainConfigFor } from '../../../shared/domain/presets'
import type { LossName, Preset } from '../../../shared/domain/trainConfig'

/**
 * Where a training step's time goes, by the runtime's own profiler: `profile RESOLUTION LOSS [PRESET]` prints
 * milliseconds a step by kind of ONNX node, and what the convolutions reach in GFLOP/s.
 */
const WARM_UP = 2
const STEPS = 8

const EventsSchema = v.array(
  v.object({
    cat: v.string(),
    name: v.string(),
    dur: v.number(),
    args: v.optional(
      v.object({
        op_name: v.optional(v.string()),
        input_type_shape: v.optional(v.array(v.record(v.string(), v.array(v.number())))),
        output_type_shape: v.optional(v.array(v.record(v.string(), v.array(v.number())))),
      }),
    ),
  }),
)
type NodeEvent = v.InferOutput<typeof EventsSchema>[number]

function compiledStep(resolution: Resolution, loss: LossName, preset: Preset, block: number) {
  const config = trainConfigFor({
    seed: 1,
    channels: 3,
    preset,
    firstResolution: 4,
    finalResolution: resolution,
    loss,
  })
  const phase = resolution === 4 ? 'stable' : 'fade'
  const batch = resolution >= 64 ? 8 : 16
  return ProgramGraph.of(trainStepProgram(config, { resolution, phase, batch })).modelFor({ block })
}

function valuesFor(port: Port): Tensor {
  const length = port.dims.reduce((a, b) => a * b, 1)
  if (port.type === 'uint8')
    return new Tensor(
      'uint8',
      Uint8Array.from({ length }, (_, i) => (i * 7919) % 256),
      port.dims,
    )
  const normals = randomStream(1, port.name, 1).normals(length)
  const positive = port.name.includes('adam/') || length === 1
  return new Tensor(
    'float32',
    normals.map((n) => (positive ? 1e-3 + n * n * 1e-3 : n * 0.05)),
    port.dims,
  )
}

async function profiled({ model, inputs }: Compiled): Promise<NodeEvent[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sprout-profile-'))
  try {
    const session = await InferenceSession.create(model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: physicalCores(),
      interOpNumThreads: 1,
      enableProfiling: true,
      profileFilePrefix: join(folder, 'step'),
      logSeverityLevel: 3,
    })
    const feeds = Object.fromEntries(inputs.map((port) => [port.onnxName, valuesFor(port)]))
    for (let i = 0; i < WARM_UP + STEPS; i++) await session.run(feeds)
    session.endProfiling()
    await session.release()
    const [file] = readdirSync(folder)
    const events = v.parse(EventsSchema, JSON.parse(readFileSync(join(folder, file!), 'utf8')))
    const nodes = events.filter((e) => e.cat === 'Node' && e.name.endsWith('_kernel_time'))
    return nodes.slice((nodes.length / (WARM_UP + STEPS)) * WARM_UP)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Floating-point operations of a convolution: two for each tap, input channel and output. */
function convFlops({ args }: NodeEvent): number {
  const [, filter] = (args?.input_type_shape ?? []).map((shape) => Object.values(shape)[0] ?? [])
  const [output = []] = (args?.output_type_shape ?? []).map((s) => Object.values(s)[0] ?? [])
  const taps = (filter ?? []).slice(1).reduce((a, b) => a * b, 1)
  return 2 * taps * output.reduce((a, b) => a * b, 1)
}

async function main(): Promise<void> {
  const [size = '16', loss = 'wgan-gp', preset = 'small'] = process.argv.slice(2)
  const block = await probeBlock()
  const compiled = compiledStep(
    Number(size) as Resolution,
    loss as LossName,
    preset as Preset,
    block,
  )
  const events = await profiled(compiled)
  const byKind = new Map<string, { microseconds: number; count: number }>()
  for (const event of events) {
    const kind = event.args?.op_name ?? '?'
    const sum = byKind.get(kind) ?? { microseconds: 0, count: 0 }
    byKind.set(kind, { microseconds: sum.microseconds + event.dur, count: sum.count + 1 })
  }
  const total = events.reduce((sum, event) => sum + event.dur, 0)
  console.log(`${size} px, ${loss}, ${preset}: ${(total / 1000 / STEPS).toFixed(1)} ms a step\n`)
  console.log('| node | ms | share | a step |\n| --- | ---: | ---: | ---: |')
  const rows = [...byKind].sort(([, a], [, b]) => b.microseconds - a.microseconds)
  for (const [kind, { microseconds, count }] of rows.slice(0, 14)) {
    const cells = [(microseconds / 1000 / STEPS).toFixed(2), (microseconds / total) * 100]
    console.log(`| ${kind} | ${cells[0]} | ${Number(cells[1]).toFixed(1)} % | ${count / STEPS} |`)
  }
  const convolutions = events.filter((event) => event.args?.op_name === 'Conv')
  const flops = convolutions.reduce((sum, event) => sum + convFlops(event), 0)
  const microseconds = convolutions.reduce((sum, event) => sum + event.dur, 0)
  console.log(`\nConvolutions: ${(flops / microseconds / 1000).toFixed(0)} GFLOP/s`)
}

void main()
