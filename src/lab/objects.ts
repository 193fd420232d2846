/** The parts of Kubernetes objects that the lab reads or writes, as they look on the wire. */

export type Labels = Readonly<Record<string, string>>;

export type OwnerReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
};

export type ObjectMeta = {
  readonly name: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  /** When the grace period ends, not when deletion was asked for. */
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly ownerReferences?: readonly OwnerReference[];
};

export type KubeObject = {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: ObjectMeta;
};

export type Condition = {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
  readonly lastProbeTime?: string | null;
  readonly lastUpdateTime?: string;
  readonly lastTransitionTime: string;
};

export type HttpProbe = {
  readonly httpGet: { readonly path: string; readonly port: number };
  readonly initialDelaySeconds?: number;
  readonly timeoutSeconds?: number;
  readonly periodSeconds?: number;
  readonly successThreshold?: number;
  readonly failureThreshold?: number;
};

export type Container = {
  readonly name: string;
  readonly image: string;
  readonly ports?: readonly { readonly containerPort: number; readonly protocol?: string }[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly readinessProbe?: HttpProbe;
  readonly lifecycle?: { readonly preStop?: PreStop };
};

export type PreStop = {
  readonly sleep?: { readonly seconds: number };
  readonly exec?: { readonly command: readonly string[] };
};

export type PodSpec = {
  readonly containers: readonly Container[];
  readonly nodeName?: string;
  readonly terminationGracePeriodSeconds?: number;
};

export type PodTemplate = {
  readonly metadata?: { readonly labels?: Labels; readonly annotations?: Labels };
  readonly spec: PodSpec;
};

export type ContainerState =
  | { readonly waiting: { readonly reason: string; readonly message?: string } }
  | { readonly running: { readonly startedAt: string } }
  | {
      readonly terminated: {
        readonly exitCode: number;
        readonly reason: string;
        readonly message?: string;
        readonly startedAt: string | null;
        readonly finishedAt: string | null;
        readonly containerID?: string;
      };
    };

export type ContainerStatus = {
  readonly name: string;
  readonly state: ContainerState;
  readonly lastState: ContainerState | Readonly<Record<string, never>>;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly image: string;
  readonly imageID: string;
  readonly containerID?: string;
  readonly started: boolean;
};

export type PodStatus = {
  readonly observedGeneration?: number;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readonly conditions?: readonly Condition[];
  readonly hostIP?: string;
  readonly hostIPs?: readonly { readonly ip: string }[];
  readonly podIP?: string;
  readonly podIPs?: readonly { readonly ip: string }[];
  readonly startTime?: string;
  readonly containerStatuses?: readonly ContainerStatus[];
  readonly qosClass?: string;
};

export type Pod = KubeObject & { readonly spec: PodSpec; readonly status: PodStatus };

export type Selector = { readonly matchLabels: Labels };

export type DeploymentStatus = {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly unavailableReplicas?: number;
  readonly conditions?: readonly Condition[];
};

export type Deployment = KubeObject & {
  readonly spec: {
    readonly replicas: number;
    readonly selector: Selector;
    readonly template: PodTemplate;
    readonly strategy: {
      readonly type: string;
      readonly rollingUpdate?: {
        readonly maxSurge?: number | string;
        readonly maxUnavailable?: number | string;
      };
    };
    readonly minReadySeconds?: number;
    readonly revisionHistoryLimit?: number;
    readonly progressDeadlineSeconds?: number;
  };
  readonly status: DeploymentStatus;
};

export type ReplicaSetStatus = {
  readonly replicas: number;
  readonly fullyLabeledReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly observedGeneration?: number;
};

export type ReplicaSet = KubeObject & {
  readonly spec: {
    readonly replicas: number;
    readonly minReadySeconds?: number;
    readonly selector: Selector;
    readonly template: PodTemplate;
  };
  readonly status: ReplicaSetStatus;
};

export type Service = KubeObject & {
  readonly spec: {
    readonly selector?: Labels;
    readonly clusterIP?: string;
    readonly ports: readonly {
      readonly name?: string;
      readonly port: number;
      readonly targetPort?: number;
      readonly protocol?: string;
    }[];
  };
};

export type Endpoint = {
  readonly addresses: readonly string[];
  readonly conditions: {
    readonly ready: boolean;
    readonly serving: boolean;
    readonly terminating: boolean;
  };
  readonly targetRef: {
    readonly kind: 'Pod';
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
  };
  readonly nodeName: string;
};

export type EndpointSlice = KubeObject & {
  readonly addressType: 'IPv4';
  readonly endpoints: readonly Endpoint[];
  readonly ports: readonly {
    readonly name: string;
    readonly protocol: string;
    readonly port: number;
  }[];
};

export type Node = KubeObject & {
  readonly spec: { readonly unschedulable?: boolean };
  readonly status: {
    readonly conditions: readonly (Condition & { readonly lastHeartbeatTime: string })[];
    readonly addresses: readonly { readonly type: string; readonly address: string }[];
  };
};

export type Event = KubeObject & {
  readonly involvedObject: {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly apiVersion: string;
    readonly resourceVersion: string;
    readonly fieldPath?: string;
  };
  readonly reason: string;
  readonly message: string;
  readonly source: { readonly component?: string; readonly host?: string };
  readonly firstTimestamp: string | null;
  readonly lastTimestamp: string | null;
  readonly count?: number;
  readonly type: 'Normal' | 'Warning';
  readonly eventTime: string | null;
  readonly action?: string;
  readonly reportingComponent: string;
  readonly reportingInstance: string;
};

export type Namespace = KubeObject & { readonly status: { readonly phase: string } };

/** What each resource of the API holds. */
export type Resources = {
  readonly pods: Pod;
  readonly nodes: Node;
  readonly services: Service;
  readonly events: Event;
  readonly namespaces: Namespace;
  readonly deployments: Deployment;
  readonly replicasets: ReplicaSet;
  readonly endpointslices: EndpointSlice;
};
export type ResourceName = keyof Resources;
