import { adminCommands } from './admin'
import { globalCommands } from './global'
import { intelCommands } from './intel'
import { reportCommands } from './reports'
import { sourceCommands } from './sources'
import { documentCommands, gridCommands } from './surfaces'
import type { Command } from './types'

/**
 * Every action of the console that has a name. The palette, the help sheet, tooltips and tests
 * read this list; a page adds its own file here and binds the handlers with useCommands.
 */
export const commands: readonly Command[] = [
  ...globalCommands,
  ...gridCommands,
  ...documentCommands,
  ...intelCommands,
  ...reportCommands,
  ...sourceCommands,
  ...adminCommands,
]

const byId = new Map(commands.map((command) => [command.id, command]))

export function commandById(id: string): Command | undefined {
  return byId.get(id)
}

/** The first keys of a command, for tooltips and menus. */
export function keysOf(id: string): string | undefined {
  return byId.get(id)?.keys[0]
}
