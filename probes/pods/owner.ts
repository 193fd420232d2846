/** The workload a pod belongs to. A bare pod is its own: kind `Pod`. */
export type Owner = { readonly kind: string; readonly name: string };

/** The parts of a pod's metadata that say whose it is. */
export type OwnedMetadata = {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>> | null | undefined;
  readonly ownerReferences?:
    | readonly {
        readonly kind: string;
        readonly name: string;
        readonly controller?: boolean | null | undefined;
      }[]
    | null
    | undefined;
};

/**
 * Pod → workload. A Deployment names its ReplicaSets `<deployment>-<pod-template-hash>` and puts the hash on every pod, so the
 * pod alone tells its Deployment: no watch of ReplicaSets (with their whole history) is needed, and there is no moment in which a pod is
 * known and its ReplicaSet is not. A ReplicaSet of its own has no such label.
 */
export function ownerOf({ name, labels, ownerReferences }: OwnedMetadata): Owner {
  const controller = ownerReferences?.find((reference) => reference.controller === true);
  if (controller === undefined) return { kind: 'Pod', name };
  const hash = labels?.['pod-template-hash'];
  if (controller.kind === 'ReplicaSet' && hash !== undefined) {
    const suffix = `-${hash}`;
    if (controller.name.endsWith(suffix)) {
      return { kind: 'Deployment', name: controller.name.slice(0, -suffix.length) };
    }
  }
  return { kind: controller.kind, name: controller.name };
}
