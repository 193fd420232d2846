import { moduleUrl } from '../../platform/module-url.ts';

/** The program of an image: any tag of `kolla/keystone`; null when the registry does not have it. */
export function programOf(image: string): URL | null {
  const [repository, tag] = image.split(':');
  if (repository !== 'kolla/keystone' || tag === undefined || !/^20\d\d\.\d$/.test(tag))
    return null;
  return moduleUrl('../programs/keystone.ts', import.meta.url);
}
