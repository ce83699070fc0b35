import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { engineFiles } from '../../../main/runtime/tensorflow/layout'

/** The engine that tests run: where SPROUT_TEST_TENSORFLOW says, or in the cache folder. Null when there is none. */
export function installedEngine(): string | null {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
  const folder =
    process.env.SPROUT_TEST_TENSORFLOW ?? join(cache, 'sprout/engines/tensorflow-2.21.0')
  return existsSync(engineFiles(folder).binding) ? folder : null
}
