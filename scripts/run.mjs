// node scripts/run.mjs TOOL [ARGUMENT...]: runs a tool of node_modules under a Node that is new enough.
import { Problem, runTool, start } from './project.mjs'
import { setUp } from './setup.mjs'

start(async () => {
  const [tool, ...args] = process.argv.slice(2)
  if (tool === undefined) throw new Problem('usage: node scripts/run.mjs TOOL [ARGUMENT...]')
  await setUp()
  return runTool(tool, args)
})
