import type { FileKind } from './database'
import catalog1 from './migrations/catalog/001-initial.sql?raw'
import catalog2 from './migrations/catalog/002-history.sql?raw'
import catalog3 from './migrations/catalog/003-quality.sql?raw'
import dataset1 from './migrations/dataset/001-initial.sql?raw'
import dataset2 from './migrations/dataset/002-classes.sql?raw'
import run1 from './migrations/run/001-initial.sql?raw'
import run2 from './migrations/run/002-pinned.sql?raw'
import run3 from './migrations/run/003-favourites.sql?raw'
import run4 from './migrations/run/004-history.sql?raw'
import run5 from './migrations/run/005-quality.sql?raw'

/** Four ASCII letters as the number that SQLite stores: 'Spr' and the kind. */
const APPLICATION_IDS = { run: 0x53707252, dataset: 0x53707244, catalog: 0x53707243 }

/** `runs/<id>.sqlite` */
export const RUN_FILE: FileKind = {
  what: 'run',
  applicationId: APPLICATION_IDS.run,
  migrations: [run1, run2, run3, run4, run5],
}
/** `datasets/<id>.sqlite` */
export const DATASET_FILE: FileKind = {
  what: 'dataset',
  applicationId: APPLICATION_IDS.dataset,
  migrations: [dataset1, dataset2],
}
/** `catalog.sqlite` */
export const CATALOG_FILE: FileKind = {
  what: 'catalog',
  applicationId: APPLICATION_IDS.catalog,
  migrations: [catalog1, catalog2, catalog3],
}
