import { useTranslation } from 'react-i18next'

/** What a permission allows, in the person's language; its name where it is newer than this console. */
export function usePermissionText(): (permission: string) => string {
  const { t, i18n } = useTranslation()
  return (permission) => {
    const key = `permission.${permission.replace('.', '_')}` as 'permission.intel_read'
    return i18n.exists(key) ? t(key) : permission
  }
}

/** A role's name: those that come with the server are known in both languages. */
export function useRoleName(): (name: string) => string {
  const { t, i18n } = useTranslation()
  return (name) => {
    const key = `role.${name.toLowerCase().replaceAll(' ', '_')}` as 'role.analyst'
    return i18n.exists(key) ? t(key) : name
  }
}
