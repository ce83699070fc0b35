import { createRequire } from 'node:module'
import type { JobHandler } from '../../../shared/jobs'
import type { tryModule } from './tryJob'

export const handleTryModule: JobHandler<typeof tryModule> = async ({ file }) => {
  createRequire(file)(file)
  return null
}
