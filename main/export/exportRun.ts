import type { ExportRequest } from '../../shared/domain/exportRequest'
import type { Engine } from '../runtime/engine'
import type { RunFile } from '../store/runFile'
import { CheckpointSampler, loadCheckpoint } from './checkpointSampler'
import { exportHtml } from './htmlGallery'
import { exportMetrics } from './metrics'
import { exportOnnx } from './onnxFile'
import { exportPictures } from './pictureFiles'
import { exportSheet } from './sheet'
import { exportTimeLapse } from './timeLapse'
import { originOf } from './traceNote'
import { exportWalk } from './walk'
import type { ExportWatch } from './wholeFile'

/**
 * Makes what `request` asks of a run and answers the path. The path appears only once it is whole: when this throws or
 * is cancelled, nothing is left.
 */
export async function exportRun(
  run: RunFile,
  engine: Engine,
  request: ExportRequest,
  watch: ExportWatch = {},
): Promise<string> {
  switch (request.kind) {
    case 'metrics':
      await exportMetrics(run, request, watch)
      break
    case 'timelapse':
      await exportTimeLapse(run, request, watch)
      break
    default:
      await exportDrawn(run, engine, request, watch)
  }
  return request.file
}

type DrawnRequest = Exclude<ExportRequest, { kind: 'metrics' | 'timelapse' }>

/** Exports that draw with a checkpoint's generator. */
async function exportDrawn(
  run: RunFile,
  engine: Engine,
  request: DrawnRequest,
  watch: ExportWatch,
): Promise<void> {
  const checkpoint = loadCheckpoint(run, request.checkpointId)
  watch.signal?.throwIfAborted()
  await using sampler = await CheckpointSampler.create(engine, run.config, checkpoint)
  const about = run.summary()
  const truncation = 'truncation' in request ? request.truncation : 1
  const origin = originOf(about, sampler, truncation)
  // Awaited here: the sampler is let go of when this returns.
  switch (request.kind) {
    case 'sheet':
      await exportSheet(sampler, origin, request, watch)
      break
    case 'pictures':
      await exportPictures(sampler, origin, request, watch)
      break
    case 'walk':
      await exportWalk(sampler, request, watch)
      break
    case 'html':
      await exportHtml(sampler, about, origin, request, watch)
      break
    case 'onnx':
      await exportOnnx(sampler, checkpoint, origin, request, watch)
      break
    default:
      request satisfies never
  }
}
