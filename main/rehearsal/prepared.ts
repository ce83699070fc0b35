import { resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { PrepareOptions } from '../../shared/domain/dataset'
import type { Resolution } from '../../shared/domain/resolution'
import { Catalog } from '../store/catalog'
import type { Home } from '../store/home'

/** Final sizes for which pictures are prepared as wanted, and wholly; a dataset file has one. */
export function preparedSizes(home: Home, wanted: PrepareOptions | null): Set<Resolution> {
  if (wanted === null) return new Set()
  const catalog = Catalog.open(home)
  try {
    const ready = catalog.listDatasets().filter(({ state }) => state === 'ready')
    const same = ready.filter(({ options }) =>
      isDeepStrictEqual(likeness(options), likeness(wanted)),
    )
    return new Set(same.map(({ options }) => options.finalResolution))
  } finally {
    catalog.close()
  }
}

/** All that two preparations of the same pictures share whatever their sizes. */
function likeness({ source, ...rest }: PrepareOptions) {
  const origin = source.kind === 'folder' ? resolve(source.path) : source.name
  return { ...rest, kind: source.kind, origin, finalResolution: null }
}
