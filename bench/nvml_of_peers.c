/* The stand-in for NVIDIA's library, with the calls that published exporters make and the agent does not.
 *
 * No process uses a card. */

#include "../tests/stubs/nvml_stub.c"

EXPORT int nvmlSystemGetCudaDriverVersion(int *version)
{
    *version = 12080;
    return SUCCESS;
}

EXPORT int nvmlSystemGetCudaDriverVersion_v2(int *version)
{
    return nvmlSystemGetCudaDriverVersion(version);
}

EXPORT int nvmlDeviceGetPowerManagementLimit(const struct card *card, unsigned *milliwatts)
{
    return nvmlDeviceGetEnforcedPowerLimit(card, milliwatts);
}

EXPORT int nvmlDeviceGetEncoderUtilization(const struct card *card, unsigned *percent, unsigned *period_us)
{
    *percent = *period_us = 0;
    return card ? SUCCESS : INVALID_ARGUMENT;
}

EXPORT int nvmlDeviceGetDecoderUtilization(const struct card *card, unsigned *percent, unsigned *period_us)
{
    return nvmlDeviceGetEncoderUtilization(card, percent, period_us);
}

EXPORT int nvmlDeviceGetPcieThroughput(const struct card *card, unsigned counter, unsigned *kilobytes_per_second)
{
    *kilobytes_per_second = 100 * counter + card->number;
    return SUCCESS;
}

EXPORT int nvmlDeviceGetComputeRunningProcesses_v3(const struct card *card, unsigned *found, void *processes)
{
    (void)processes;
    *found = 0;
    return card ? SUCCESS : INVALID_ARGUMENT;
}

EXPORT int nvmlDeviceGetGraphicsRunningProcesses_v3(const struct card *card, unsigned *found, void *processes)
{
    return nvmlDeviceGetComputeRunningProcesses_v3(card, found, processes);
}
