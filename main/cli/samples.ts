import { resolve } from 'node:path'
import { exportSheet } from '../export/sheet'
import { OnnxEngine } from '../runtime/onnx'
import { Catalog } from '../store/catalog'
import { openHome } from '../store/home'
import { RunFile } from '../store/runFile'
import type { Context } from './output'

/** `sprout samples RUN`: draws from the newest intact checkpoint into a PNG. */
export async function drawSamples(
  { home, output }: Context,
  wanted: string,
  options: { count: number; columns?: number; seed: number; class?: string; out: string },
): Promise<void> {
  const { id, file: runFile } = Catalog.open(openHome(home)).findRun(wanted)
  const run = RunFile.openForReading(runFile)
  const file = resolve(options.out)
  try {
    const { count, seed } = options
    await exportSheet(
      run,
      new OnnxEngine({ threads: run.config.threads }),
      { count, seed, columns: options.columns ?? null, className: options.class ?? null, file },
      {
        onProgress: (done) =>
          output.progress({ type: 'samples', done, total: count }, `Drawing ${done} of ${count}`),
      },
    )
  } finally {
    run.close()
  }
  output.line({ type: 'samples', runId: id, file, count: options.count }, `Wrote ${file}`)
}
