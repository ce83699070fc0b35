import { skippedFor, type DatasetSource, type SourceScan } from '../../../shared/domain/dataset'
import { because } from '../../../shared/domain/explanation'

/** What a look through a source finds, step by step: names, some pictures, and the rest. */
export function scanSteps(
  source: DatasetSource,
  folderFiles: number,
  thumbnails: Uint8Array[],
): { scan: SourceScan; thumbnails: Uint8Array[] }[] {
  const sample = source.kind === 'sample'
  const files = sample ? 1545 : folderFiles
  const names: SourceScan = {
    name: sample ? 'Emoji' : 'Succulents',
    files,
    byFormat: sample ? { WebP: 1545 } : { JPEG: files - 8, PNG: 8 },
    bySize: [],
    looked: 0,
    channels: null,
    classes: [],
    skipped: [],
    skippedFiles: 0,
    unreadableFiles: 0,
    duplicates: [],
    duplicateFiles: 0,
    examples: [],
  }
  const skipped = [
    skippedFor('IMG_0412.heic', because('skip_format', { format: 'HEIC' })),
    skippedFor('broken.png', because('skip_cut_short', {})),
  ]
  const small = { from: 16, files: 3 }
  const large = { from: 512, files: files - 3 }
  const whole: SourceScan = {
    ...names,
    looked: files,
    channels: sample ? 4 : 3,
    bySize: sample ? [{ from: 256, files }] : [small, large],
    skipped: sample ? [] : skipped,
    skippedFiles: sample ? 0 : 2,
    duplicates: sample ? [] : [{ path: 'copy of agave.jpg', sameAs: 'agave.jpg' }],
    duplicateFiles: sample ? 0 : 1,
    examples: ['agave.jpg', 'aloe.jpg', 'echeveria.png', 'jade.png'],
  }
  return [
    { scan: names, thumbnails: [] },
    { scan: { ...whole, looked: Math.min(12, files) }, thumbnails },
    { scan: whole, thumbnails: [] },
  ]
}
