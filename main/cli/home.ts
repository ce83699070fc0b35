import { homedir } from 'node:os'
import { join } from 'node:path'

/** The folder the app uses (Electron's userData), unless SPROUT_HOME names another. */
export function defaultHome(): string {
  const { SPROUT_HOME, APPDATA, XDG_CONFIG_HOME } = process.env
  if (SPROUT_HOME) return SPROUT_HOME
  if (process.platform === 'win32') return join(APPDATA ?? homedir(), 'Sprout')
  if (process.platform === 'darwin') return join(homedir(), 'Library/Application Support/Sprout')
  return join(XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'Sprout')
}
