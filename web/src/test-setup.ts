import { afterEach } from 'vitest'
import { startI18n } from './i18n'
import { unmountAll } from './test-render'

// React's warning of state changes outside act() is meant for tests like ours only with this.
Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

await startI18n()

afterEach(async () => {
  await unmountAll()
  document.body.replaceChildren()
  localStorage.clear()
})
