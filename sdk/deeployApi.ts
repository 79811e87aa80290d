// Written by scripts/vectorsDeeploy.ts from the service's own description; not to be edited.

export interface paths {
    "/classes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What nodes give to a job, and what that costs */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description what went wrong */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description what went wrong */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description the answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            classes: {
                                classId: number;
                                diskMiB: number;
                                /** @description an add-on to another class */
                                isGpu: boolean;
                                /** @description whether new jobs may ask for it */
                                isOffered: boolean;
                                memoryMiB: number;
                                milliCpu: number;
                                name: string;
                                /** @description US dollars per epoch and node, with 8 decimals */
                                price: string;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/delegation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The service takes the rights that the caller has offered to its account, and sends changes itself then */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description as in JobEscrow.offerDelegation */
                        rights: number;
                    };
                };
            };
            responses: {
                /** @description what went wrong */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description what went wrong */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description the answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            txHash: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** 200 when all is well, 503 with the problems when not */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description what went wrong */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description what went wrong */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description the answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            problems: string[];
                            /** @enum {unknown} */
                            status: "ok" | "degraded";
                        };
                    };
                };
                /** @description something is wrong */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            problems: string[];
                            /** @enum {unknown} */
                            status: "ok" | "degraded";
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Jobs of an owner, ascending by number, at most 100 of them; ask for more with the last one's number */
        get: {
            parameters: {
                query: {
                    /** @description a job's number */
                    after?: string;
                    owner: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description what went wrong */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description what went wrong */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description the answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            jobs: {
                                classId: number;
                                /** @description wei of R1 paid in so far */
                                deposit: string;
                                /** @description first epoch that is not paid any more */
                                end?: number;
                                epochs: number;
                                gpu: number;
                                jobId: number;
                                nodes: number;
                                owner: string;
                                /** @enum {unknown} */
                                phase: "waiting" | "assigned" | "over";
                                /** @description wei of R1 per epoch and node */
                                rate: string;
                                seats: {
                                    /** @description where the node's gateway serves the job */
                                    endpoint?: string;
                                    /** @description first epoch that is paid */
                                    from: number;
                                    /** @description when the node said so, milliseconds since 1970 */
                                    heardAt?: number;
                                    node?: string;
                                    /** @enum {unknown} */
                                    state: "unknown" | "starting" | "running" | "unhealthy" | "stopped" | "failed";
                                    /** @description first epoch that is not paid any more */
                                    to?: number;
                                    tokenId: number;
                                }[];
                                /** @description assignments so far */
                                sequence: number;
                                specHash: string;
                                /** @description first epoch that is paid; absent before the first assignment */
                                start?: number;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        /** Keeps a specification and its secrets; gives the price and the transactions that make the job */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description of a resource class; see GET /classes */
                        classId: number;
                        /** @description epochs that are paid */
                        epochs: number;
                        /** @description of a GPU add-on; 0: none */
                        gpu?: number;
                        /** @description nodes that run the job at a time */
                        nodes: number;
                        /** @description secrets, sealed to the key of GET /key; hexadecimal */
                        secrets?: string;
                        /** @description version, name, containers, volumes, registries, ingress, placement, secretsHash; see docs/protocol.md */
                        spec: {
                            [key: string]: unknown;
                        };
                    };
                };
            };
            responses: {
                /** @description what went wrong */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description what went wrong */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description the answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            quote: {
                                /** @description of a resource class; see GET /classes */
                                classId: number;
                                /** @description wei of R1 */
                                deposit: string;
                                /** @description epochs that are paid */
                                epochs: number;
                                /** @description of a GPU add-on; 0: none */
                                gpu: number;
                                /** @description the deposit and 2 %, for a price that moves until the transaction is mined */
                                maxDeposit: string;
                                /** @description nodes that run the job at a time */
                                nodes: number;
                                /** @description wei of R1 per epoch and node */
                                rate: string;
                            };
                            specHash: string;
                            transactions: {
                                data: string;
                                description: string;
                                to: string;
                                /** @description a whole number in decimal digits */
                                value: string;
                            }[];
                            txHash?: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{jobId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A job as the chain has it, and how its nodes say that it stands on them */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description number of the job */
                    jobId: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description what went wrong */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description what went wrong */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description the answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            classId: number;
                            /** @description wei of R1 paid in so far */
                            deposit: string;
                            /** @description first epoch that is not paid any more */
                            end?: number;
                            epochs: number;
                            gpu: number;
                            jobId: number;
                            nodes: number;
                            owner: string;
                            /** @enum {unknown} */
                            phase: "waiting" | "assigned" | "over";
                            /** @description wei of R1 per epoch and node */
                            rate: string;
                            seats: {
                                /** @description where the node's gateway serves the job */
                                endpoint?: string;
                                /** @description first epoch that is paid */
                                from: number;
                                /** @description when the node said so, milliseconds since 1970 */
                                heardAt?: number;
                                node?: string;
                                /** @enum {unknown} */
                                state: "unknown" | "starting" | "running" | "unhealthy" | "stopped" | "failed";
                                /** @description first epoch that is not paid any more */
                                to?: number;
                                tokenId: number;
                            }[];
                            /** @description assignments so far */
                            sequence: number;
                            specHash: string;
                            /** @description first epoch that is paid; absent before the first assignment */
                            start?: number;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Ends a job with the next epoch; the rest of its deposit goes to its owner (right 4) */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description number of the job */
                    jobId: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description what went wrong */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description what went wrong */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description the answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            transactions: {
                                data: string;
                                description: string;
                                to: string;
                                /** @description a whole number in decimal digits */
                                value: string;
                            }[];
                            txHash?: string;
                        };
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{jobId}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Job as it stands, then what happens: contract events by their names, each with Job after it, and NodeState (right 32) */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description number of the job */
                    jobId: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description what went wrong */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description what went wrong */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description server-sent events whose data is {jobId, at, …} */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{jobId}/extend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A longer life (right 1) */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description number of the job */
                    jobId: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description epochs that are paid */
                        epochs: number;
                    };
                };
            };
            responses: {
                /** @description what went wrong */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description what went wrong */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description the answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            transactions: {
                                data: string;
                                description: string;
                                to: string;
                                /** @description a whole number in decimal digits */
                                value: string;
                            }[];
                            txHash?: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{jobId}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lines that the job's containers write: {node, container, at, stream, text} or {node, error} a line (right 32) */
        get: {
            parameters: {
                query?: {
                    container?: string;
                    /** @description seconds for which new lines are told as they come; default 0 */
                    follow?: string;
                    node?: string;
                    /** @description milliseconds since 1970 */
                    since?: string;
                    /** @description lines of before; default 100 */
                    tail?: string;
                };
                header?: never;
                path: {
                    /** @description number of the job */
                    jobId: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description what went wrong */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description what went wrong */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description one JSON object a line */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/x-ndjson": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{jobId}/restart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Restarts containers; gives what each node says to it (right 16) */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description number of the job */
                    jobId: string;
                };
                cookie?: never;
            };
            /** @description of all nodes and containers of the job only these */
            requestBody: {
                content: {
                    "application/json": {
                        container?: string;
                        node?: string;
                    };
                };
            };
            responses: {
                /** @description what went wrong */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description what went wrong */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description the answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            nodes: {
                                error?: {
                                    code: string;
                                    message: string;
                                };
                                node: string;
                                state?: {
                                    containers: {
                                        failures: number;
                                        name: string;
                                        reason?: string;
                                        state: string;
                                    }[];
                                    reason?: string;
                                    state: string;
                                };
                                tokenId: number;
                            }[];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{jobId}/scale": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** More nodes, or fewer (right 2) */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description number of the job */
                    jobId: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description token ids of the Node Deeds that go when nodes are given up; default: those that came last */
                        leaving?: number[];
                        /** @description nodes that run the job at a time */
                        nodes: number;
                    };
                };
            };
            responses: {
                /** @description what went wrong */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description what went wrong */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description the answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            transactions: {
                                data: string;
                                description: string;
                                to: string;
                                /** @description a whole number in decimal digits */
                                value: string;
                            }[];
                            txHash?: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{jobId}/secrets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** For a node that is assigned: the job's secrets, sealed to its key (EIP-712 SecretsRequest, signed by it) */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description number of the job */
                    jobId: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Unix seconds */
                        expiresAt: number;
                        node: string;
                        signature: string;
                        specHash: string;
                    };
                };
            };
            responses: {
                /** @description what went wrong */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description what went wrong */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description the answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            sealed: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{jobId}/spec": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Another specification; its nodes change over one after the other (right 8) */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description number of the job */
                    jobId: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description secrets, sealed to the key of GET /key; hexadecimal */
                        secrets?: string;
                        /** @description version, name, containers, volumes, registries, ingress, placement, secretsHash; see docs/protocol.md */
                        spec: {
                            [key: string]: unknown;
                        };
                    };
                };
            };
            responses: {
                /** @description what went wrong */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description what went wrong */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description the answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            specHash: string;
                            transactions: {
                                data: string;
                                description: string;
                                to: string;
                                /** @description a whole number in decimal digits */
                                value: string;
                            }[];
                            txHash?: string;
                        };
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{jobId}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Starts containers that were stopped; gives what each node says to it (right 16) */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description number of the job */
                    jobId: string;
                };
                cookie?: never;
            };
            /** @description of all nodes and containers of the job only these */
            requestBody: {
                content: {
                    "application/json": {
                        container?: string;
                        node?: string;
                    };
                };
            };
            responses: {
                /** @description what went wrong */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description what went wrong */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description the answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            nodes: {
                                error?: {
                                    code: string;
                                    message: string;
                                };
                                node: string;
                                state?: {
                                    containers: {
                                        failures: number;
                                        name: string;
                                        reason?: string;
                                        state: string;
                                    }[];
                                    reason?: string;
                                    state: string;
                                };
                                tokenId: number;
                            }[];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{jobId}/state": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the job's containers stand on each node, as it says itself (right 32) */
        get: {
            parameters: {
                query?: {
                    container?: string;
                    node?: string;
                };
                header?: never;
                path: {
                    /** @description number of the job */
                    jobId: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description what went wrong */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description what went wrong */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description the answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            nodes: {
                                error?: {
                                    code: string;
                                    message: string;
                                };
                                node: string;
                                state?: {
                                    containers: {
                                        failures: number;
                                        name: string;
                                        reason?: string;
                                        state: string;
                                    }[];
                                    reason?: string;
                                    state: string;
                                };
                                tokenId: number;
                            }[];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{jobId}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stops containers until they are started; the job is paid for all the same; gives what each node says to it (right 16) */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description number of the job */
                    jobId: string;
                };
                cookie?: never;
            };
            /** @description of all nodes and containers of the job only these */
            requestBody: {
                content: {
                    "application/json": {
                        container?: string;
                        node?: string;
                    };
                };
            };
            responses: {
                /** @description what went wrong */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description what went wrong */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description the answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            nodes: {
                                error?: {
                                    code: string;
                                    message: string;
                                };
                                node: string;
                                state?: {
                                    containers: {
                                        failures: number;
                                        name: string;
                                        reason?: string;
                                        state: string;
                                    }[];
                                    reason?: string;
                                    state: string;
                                };
                                tokenId: number;
                            }[];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/specs/{specHash}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The canonical bytes of a specification; their keccak256 is the hash asked for */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    specHash: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description what went wrong */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description canonical JSON */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The public key to seal secrets to, signed by the service's account (EIP-712 EncryptionKey) */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description what went wrong */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description what went wrong */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description the answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            account: string;
                            publicKey: string;
                            signature: string;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/network": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The chain and the contracts that jobs are made on */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description what went wrong */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description what went wrong */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description the answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            catalog: string;
                            chainId: number;
                            epoch: number;
                            escrow: string;
                            token: string;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/nodes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Nodes that offer themselves to jobs, ascending by token id, at most 500; ask for more with the last one's */
        get: {
            parameters: {
                query?: {
                    /** @description a token id */
                    after?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description what went wrong */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description what went wrong */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description the answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            nodes: {
                                capacity: {
                                    diskMiB: number;
                                    gpus: number;
                                    memoryMiB: number;
                                    milliCpu: number;
                                };
                                country: string;
                                gateway?: string;
                                /** @description milliseconds since 1970 */
                                heardAt: number;
                                /** @description basis points, as the node says */
                                load: number;
                                node: string;
                                tags: string[];
                                tokenId: number;
                            }[];
                            total: number;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/quote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a job costs at the moment */
        get: {
            parameters: {
                query: {
                    /** @description resource class */
                    class: string;
                    /** @description epochs */
                    epochs: string;
                    /** @description GPU add-on */
                    gpu?: string;
                    /** @description nodes */
                    nodes: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description what went wrong */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description what went wrong */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            code: string;
                            message: string;
                        };
                    };
                };
                /** @description the answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description of a resource class; see GET /classes */
                            classId: number;
                            /** @description wei of R1 */
                            deposit: string;
                            /** @description epochs that are paid */
                            epochs: number;
                            /** @description of a GPU add-on; 0: none */
                            gpu: number;
                            /** @description the deposit and 2 %, for a price that moves until the transaction is mined */
                            maxDeposit: string;
                            /** @description nodes that run the job at a time */
                            nodes: number;
                            /** @description wei of R1 per epoch and node */
                            rate: string;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: never;
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
