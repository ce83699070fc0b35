import type { RepairReport } from '../../shared/domain/repair'
import type { PrepareWatch } from '../pictures/prepare'
import { isSound, repairDataset } from '../pictures/repairDataset'
import type { Home } from '../store/home'
import { repairRun } from '../store/repairRun'

/** The datasets of which something cannot be read, in a line each. Reads every picture. */
export function unsoundDatasets(home: Home, ids: readonly string[]): string[] {
  return ids.flatMap((id) => {
    const file = home.datasetFile(id)
    return isSound(file) ? [] : [`${file} is damaged. It can be mended: sprout repair ${id}`]
  })
}

/** Makes a damaged run or dataset usable again, as far as it can be; see `repairRun` and `repairDataset`. */
export async function repairFile(
  home: Home,
  kind: RepairReport['kind'],
  id: string,
  watch: PrepareWatch = {},
): Promise<RepairReport> {
  return kind === 'run' ? repairRun(home, id) : repairDataset(home, id, watch)
}
