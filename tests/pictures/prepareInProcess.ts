import { readFileSync } from 'node:fs'
import { openHome } from '../../main/store/home'
import { prepareDataset } from '../../main/pictures/prepare'

// Prepares in a process of its own, which a test kills: home and options come as a JSON file.
const { home, options } = JSON.parse(readFileSync(process.argv[2]!, 'utf8'))
void prepareDataset(openHome(home), options, {
  onProgress: ({ done }) => void process.stdout.write(`${done}\n`),
}).then(() => process.stdout.write('ready\n'))
