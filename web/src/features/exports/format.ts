import { FORMATS, type Format } from '~/api/exporting'

/** Whether it is a format whose name this console knows; a newer server may have more. */
export function isFormat(name: string): name is Format {
  return FORMATS.some((each) => each === name)
}
