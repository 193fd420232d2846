/** What of autocannon, which brings no types, is used here. */
declare module 'autocannon' {
  export default function autocannon(
    options: {
      readonly url: string;
      readonly connections: number;
      readonly overallRate: number;
      /** s */
      readonly duration: number;
      /** Requests on a connection before it is made anew. */
      readonly reconnectRate?: number;
    },
    done: (error: Error | null) => void,
  ): void;
}
