import type { PicturePreview, PrepareOptions } from '../../shared/domain/dataset'
import { encodePng } from './encode'
import { inOrder } from './inOrder'
import { decoderOf } from './source'

/** Pictures decoded at the same time. */
const AT_ONCE = 2

/**
 * Pictures of a source at every level, by the very code that prepares them. Paths that lead out of the source, and
 * pictures that cannot be decoded, are left out.
 */
export async function previewPictures(
  options: PrepareOptions,
  paths: readonly string[],
): Promise<PicturePreview[]> {
  const { channels } = options
  const decode = await decoderOf(options)
  const work = async (path: string): Promise<PicturePreview> => {
    const levels = [...(await decode(path))].sort(([a], [b]) => a - b)
    const encoded = levels.map(async ([resolution, pixels]) => ({
      resolution,
      png: await encodePng(pixels, resolution, resolution, channels),
    }))
    return { path, levels: await Promise.all(encoded) }
  }
  const previews: PicturePreview[] = []
  for await (const outcome of inOrder(paths.filter(isWithin), AT_ONCE, work)) {
    if (outcome.ok) previews.push(outcome.result)
  }
  return previews
}

function isWithin(path: string): boolean {
  return !/^([/\\]|[a-z]:)/i.test(path) && !path.split(/[/\\]/).includes('..')
}
