/* A stand-in for libnvidia-ml.so.1: up to 64 made-up cards, and every fault a rig can show, chosen while it runs.
 *
 * The file named by NVML_STUB_CONTROL is mapped and read at each call, so a test changes the cards under a process
 * that is already using them; `struct control` is its layout, written by tests/nvml_stub.py. Without that file there
 * are NVML_STUB_CARDS healthy cards. As with the real library, the number and the order of cards are those of the
 * last nvmlInit: a card that is taken away later is lost, and shifts the others only at the next one.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define CARDS_MAX 64
#define CALLS_MAX 40
#define EVENTS_MAX 16
#define EXPORT __attribute__((visibility("default")))

enum {
    SUCCESS = 0, UNINITIALIZED = 1, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, TIMEOUT = 10, GPU_IS_LOST = 15,
    UNKNOWN = 999,
};

/* One bit of a mask and one call counter each; the order is that of CALLS in tests/nvml_stub.py. The last ones are no
 * calls but fields, which all come with FIELD_VALUES: their counters count how often each was asked for. */
enum call {
    HANDLE, UUID, PCI, NAME, SERIAL, VBIOS, THRESHOLD, CONSTRAINTS, DEFAULT_LIMIT, NUM_FANS, TEMPERATURE,
    TEMPERATURE_V, FIELD_VALUES, FAN_SPEED_V2, FAN_SPEED, POWER, ENFORCED_LIMIT, UTILIZATION, CLOCK, MEMORY,
    EVENT_REASONS, THROTTLE_REASONS, PCIE_WIDTH, PCIE_GENERATION, ENERGY, PERFORMANCE_STATE, REGISTER_EVENTS,
    FAN_SPEED_RPM, PCIE_WIDTH_MAX,
    FIELD_ECC_AGGREGATE, FIELD_ECC_VOLATILE, FIELD_PCIE_REPLAYS, FIELD_REMAPPED_ROWS,
};

struct card_control {
    uint32_t fault;            /* what the calls for this card return; 0: none */
    uint32_t partial_fault;    /* what the calls in partial_mask return */
    uint64_t partial_mask;
    uint64_t unsupported_mask; /* calls that return NOT_SUPPORTED */
    uint64_t sentinel_mask;    /* calls that succeed and tell "not available" */
    uint64_t delay_ns;         /* for every call */
    uint64_t throttle_reasons;
    uint32_t hanging;          /* calls do not return while this is set */
    uint32_t fans;
};

struct event { uint32_t card, xid; };

struct control {
    uint32_t init_error;       /* UINT32_MAX: it does not return while this is set */
    uint32_t epoch;            /* changes when the driver is loaded anew: every handle is void then */
    uint64_t tick;             /* values move with it */
    uint32_t cards;            /* how many of `order` hold */
    uint32_t events_sent;      /* how many events there have been; the last EVENTS_MAX stand in `events` */
    uint8_t order[CARDS_MAX];  /* which card stands at each index */
    struct event events[EVENTS_MAX];
    struct card_control card[CARDS_MAX];
    uint32_t init_calls;       /* from here on written by this library */
    uint32_t shutdown_calls;
    uint32_t calls[CARDS_MAX][CALLS_MAX];
};

struct card { uint32_t number; };

static struct control healthy;
static struct control *control;
static struct card cards[CARDS_MAX];
static uint8_t order[CARDS_MAX];
static uint32_t count, epoch, initialised;
static uint32_t events_taken;            /* what happened before a set was made is not heard of */
static uint8_t is_registered[CARDS_MAX];

static void set_up_healthy(void)
{
    const char *text = getenv("NVML_STUB_CARDS");
    uint32_t wanted = text ? (uint32_t)atoi(text) : 0;
    healthy.cards = wanted < CARDS_MAX ? wanted : CARDS_MAX;
    for (uint32_t number = 0; number < CARDS_MAX; number++) {
        healthy.order[number] = (uint8_t)number;
        healthy.card[number].fans = 2;
    }
    control = &healthy;
}

__attribute__((constructor)) static void load(void)
{
    for (uint32_t number = 0; number < CARDS_MAX; number++)
        cards[number].number = number;
    set_up_healthy();
    const char *path = getenv("NVML_STUB_CONTROL");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *mapped = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (mapped != MAP_FAILED)
        control = mapped;
}

static void pause_ns(uint64_t nanoseconds)
{
    struct timespec left = {(time_t)(nanoseconds / 1000000000u), (long)(nanoseconds % 1000000000u)};
    nanosleep(&left, NULL);
}

static int is_there(uint32_t number)
{
    for (uint32_t index = 0; index < control->cards && index < CARDS_MAX; index++)
        if (control->order[index] == number)
            return 1;
    return 0;
}

/* Other faults leave a card its handle and its identity. */
static int is_off_the_bus(uint32_t fault)
{
    return fault == GPU_IS_LOST || fault == UNKNOWN;
}

/* What comes before every call for a card: counting, waiting, and its fault, if it has one. */
static int enter(const struct card *card, enum call call)
{
    struct card_control *wanted = &control->card[card->number];
    uint64_t bit = UINT64_C(1) << call;
    control->calls[card->number][call]++;
    if (!initialised || control->epoch != epoch)
        return UNINITIALIZED;
    while (__atomic_load_n(&wanted->hanging, __ATOMIC_RELAXED))
        pause_ns(5000000);
    if (wanted->delay_ns)
        pause_ns(wanted->delay_ns);
    if (!is_there(card->number))
        return GPU_IS_LOST;
    if (wanted->fault && (call > PCI || is_off_the_bus(wanted->fault)))
        return (int)wanted->fault;
    if (wanted->partial_mask & bit)
        return (int)wanted->partial_fault;
    return wanted->unsupported_mask & bit ? NOT_SUPPORTED : SUCCESS;
}

static int is_sentinel(const struct card *card, enum call call)
{
    return (control->card[card->number].sentinel_mask >> call) & 1;
}

static int give(const struct card *card, enum call call, uint32_t value, uint32_t *out)
{
    int failed = enter(card, call);
    if (!failed)
        *out = is_sentinel(card, call) ? UINT32_MAX : value;
    return failed;
}

static int give_long(const struct card *card, enum call call, uint64_t value, uint64_t *out)
{
    int failed = enter(card, call);
    if (!failed)
        *out = is_sentinel(card, call) ? UINT64_MAX : value;
    return failed;
}

static int give_text(const struct card *card, enum call call, const char *format, char *out, unsigned size)
{
    int failed = enter(card, call);
    if (!failed)
        snprintf(out, size, format, card->number + 1);
    return failed;
}

static uint32_t core_temperature(const struct card *card)
{
    return 50 + card->number % 20 + (uint32_t)(control->tick % 5);
}

static uint32_t power_milliwatts(const struct card *card)
{
    return 120000 + 1000 * card->number + 100 * (uint32_t)(control->tick % 10);
}

/* The library */

EXPORT int nvmlInitWithFlags(unsigned flags)
{
    (void)flags;
    control->init_calls++;
    while (__atomic_load_n(&control->init_error, __ATOMIC_RELAXED) == UINT32_MAX)
        pause_ns(5000000);
    if (control->init_error)
        return (int)control->init_error;
    count = control->cards < CARDS_MAX ? control->cards : CARDS_MAX;
    memcpy(order, control->order, sizeof order);
    epoch = control->epoch;
    initialised++;
    return SUCCESS;
}

EXPORT int nvmlShutdown(void)
{
    control->shutdown_calls++;
    if (!initialised)
        return UNINITIALIZED;
    initialised--;
    return SUCCESS;
}

EXPORT const char *nvmlErrorString(int code)
{
    return code ? "stub error" : "success";
}

EXPORT int nvmlSystemGetDriverVersion(char *version, unsigned size)
{
    snprintf(version, size, "999.12.34");
    return SUCCESS;
}

EXPORT int nvmlDeviceGetCount_v2(unsigned *found)
{
    if (!initialised || control->epoch != epoch)
        return UNINITIALIZED;
    *found = count;
    return SUCCESS;
}

EXPORT int nvmlDeviceGetHandleByIndex_v2(unsigned index, const struct card **handle)
{
    if (!initialised || control->epoch != epoch)
        return UNINITIALIZED;
    if (index >= count)
        return INVALID_ARGUMENT;
    *handle = &cards[order[index] % CARDS_MAX];
    return enter(*handle, HANDLE);
}

/* A card */

EXPORT int nvmlDeviceGetUUID(const struct card *card, char *uuid, unsigned size)
{
    return give_text(card, UUID, "GPU-5b0b0000-0000-0000-0000-0000000000%02x", uuid, size);
}

EXPORT int nvmlDeviceGetName(const struct card *card, char *name, unsigned size)
{
    return give_text(card, NAME, "Stub Graphics %u", name, size);
}

EXPORT int nvmlDeviceGetSerial(const struct card *card, char *serial, unsigned size)
{
    return give_text(card, SERIAL, "STUB%04u", serial, size);
}

EXPORT int nvmlDeviceGetVbiosVersion(const struct card *card, char *version, unsigned size)
{
    return give_text(card, VBIOS, "90.00.00.00.%02x", version, size);
}

struct pci_info {
    char legacy[16];
    unsigned domain, bus, device, device_id, subsystem_id;
    char bus_id[32];
};

EXPORT int nvmlDeviceGetPciInfo_v3(const struct card *card, struct pci_info *info)
{
    int failed = enter(card, PCI);
    if (failed)
        return failed;
    memset(info, 0, sizeof *info);
    info->bus = card->number + 1;
    snprintf(info->legacy, sizeof info->legacy, "0000:%02X:00.0", card->number + 1);
    snprintf(info->bus_id, sizeof info->bus_id, "00000000:%02X:00.0", card->number + 1);
    return SUCCESS;
}

EXPORT int nvmlDeviceGetTemperatureThreshold(const struct card *card, unsigned which, unsigned *celsius)
{
    return give(card, THRESHOLD, which == 0 ? 98 : which == 1 ? 93 : 105, celsius);
}

EXPORT int nvmlDeviceGetPowerManagementLimitConstraints(const struct card *card, unsigned *low, unsigned *high)
{
    int failed = give(card, CONSTRAINTS, 100000, low);
    if (!failed)
        *high = is_sentinel(card, CONSTRAINTS) ? UINT32_MAX : 350000;
    return failed;
}

EXPORT int nvmlDeviceGetPowerManagementDefaultLimit(const struct card *card, unsigned *milliwatts)
{
    return give(card, DEFAULT_LIMIT, 320000, milliwatts);
}

EXPORT int nvmlDeviceGetNumFans(const struct card *card, unsigned *fans)
{
    return give(card, NUM_FANS, control->card[card->number].fans, fans);
}

EXPORT int nvmlDeviceGetTemperature(const struct card *card, unsigned sensor, unsigned *celsius)
{
    (void)sensor;
    return give(card, TEMPERATURE, core_temperature(card), celsius);
}

struct temperature { unsigned version, sensor; int celsius; };

EXPORT int nvmlDeviceGetTemperatureV(const struct card *card, struct temperature *temperature)
{
    return give(card, TEMPERATURE_V, core_temperature(card), (uint32_t *)&temperature->celsius);
}

struct field_value {
    uint32_t id, scope;
    int64_t timestamp, latency;
    uint32_t type;
    int result;
    union { uint32_t number; uint64_t bits; } value;
};

enum { UNSIGNED_INT = 1, UNSIGNED_LONG_LONG = 3 };

static struct { uint32_t id; enum call call; uint32_t type; uint32_t value, per_card; } fields_known[] = {
    {3, FIELD_ECC_VOLATILE, UNSIGNED_LONG_LONG, 1, 0},
    {4, FIELD_ECC_VOLATILE, UNSIGNED_LONG_LONG, 2, 0},
    {5, FIELD_ECC_AGGREGATE, UNSIGNED_LONG_LONG, 10, 1},
    {6, FIELD_ECC_AGGREGATE, UNSIGNED_LONG_LONG, 0, 1},
    {94, FIELD_PCIE_REPLAYS, UNSIGNED_INT, 100, 1},
    {142, FIELD_REMAPPED_ROWS, UNSIGNED_INT, 3, 0},
    {143, FIELD_REMAPPED_ROWS, UNSIGNED_INT, 1, 0},
    {144, FIELD_REMAPPED_ROWS, UNSIGNED_INT, 0, 0},
    {145, FIELD_REMAPPED_ROWS, UNSIGNED_INT, 0, 0},
};

static void fill(const struct card *card, struct field_value *field)
{
    for (unsigned known = 0; known < sizeof fields_known / sizeof *fields_known; known++) {
        if (field->id != fields_known[known].id)
            continue;
        const struct card_control *wanted = &control->card[card->number];
        uint64_t bit = UINT64_C(1) << fields_known[known].call;
        control->calls[card->number][fields_known[known].call]++;
        field->type = fields_known[known].type;
        field->result = wanted->unsupported_mask & bit ? NOT_SUPPORTED
            : wanted->partial_mask & bit ? (int)wanted->partial_fault : SUCCESS;
        field->value.bits = fields_known[known].value + card->number * fields_known[known].per_card;
        if (wanted->sentinel_mask & bit)
            field->value.bits = fields_known[known].type == UNSIGNED_INT ? UINT32_MAX : UINT64_MAX;
    }
}

EXPORT int nvmlDeviceGetFieldValues(const struct card *card, int wanted, struct field_value *fields)
{
    int failed = enter(card, FIELD_VALUES);
    if (failed && failed != NOT_SUPPORTED)
        return failed;
    for (int position = 0; position < wanted; position++) { /* an unsupported field is told in its own result */
        struct field_value *field = &fields[position];
        field->type = UNSIGNED_INT;
        field->value.bits = 0;
        field->result = field->id == 82 ? failed : NOT_SUPPORTED;
        field->value.number = is_sentinel(card, FIELD_VALUES) ? UINT32_MAX : core_temperature(card) + 20;
        fill(card, field);
    }
    return SUCCESS;
}

EXPORT int nvmlDeviceGetFanSpeed_v2(const struct card *card, unsigned fan, unsigned *percent)
{
    int failed = give(card, FAN_SPEED_V2, 40 + card->number + 10 * fan, percent);
    return !failed && fan >= control->card[card->number].fans ? INVALID_ARGUMENT : failed;
}

EXPORT int nvmlDeviceGetFanSpeed(const struct card *card, unsigned *percent)
{
    return give(card, FAN_SPEED, 40 + card->number, percent);
}

struct fan_speed { unsigned version, fan, rpm; };

EXPORT int nvmlDeviceGetFanSpeedRPM(const struct card *card, struct fan_speed *speed)
{
    int failed = give(card, FAN_SPEED_RPM, 1200 + 10 * card->number + 300 * speed->fan, &speed->rpm);
    return failed ? failed : speed->version != 0x100000C || speed->fan >= control->card[card->number].fans
        ? INVALID_ARGUMENT : SUCCESS;
}

EXPORT int nvmlDeviceGetPowerUsage(const struct card *card, unsigned *milliwatts)
{
    return give(card, POWER, power_milliwatts(card), milliwatts);
}

EXPORT int nvmlDeviceGetEnforcedPowerLimit(const struct card *card, unsigned *milliwatts)
{
    return give(card, ENFORCED_LIMIT, 200000 + 1000 * card->number, milliwatts);
}

struct utilization { unsigned core, memory; };

EXPORT int nvmlDeviceGetUtilizationRates(const struct card *card, struct utilization *percent)
{
    int failed = give(card, UTILIZATION, 99, &percent->core);
    if (!failed)
        percent->memory = is_sentinel(card, UTILIZATION) ? UINT32_MAX : 60 + card->number % 30;
    return failed;
}

EXPORT int nvmlDeviceGetClockInfo(const struct card *card, unsigned type, unsigned *megahertz)
{
    return give(card, CLOCK, (type == 2 ? 9000 : 1500) + card->number, megahertz);
}

struct memory { uint64_t total, free, used; };

EXPORT int nvmlDeviceGetMemoryInfo(const struct card *card, struct memory *bytes)
{
    uint64_t used = (UINT64_C(5) << 30) + card->number;
    int failed = give_long(card, MEMORY, UINT64_C(10) << 30, &bytes->total);
    if (!failed) {
        bytes->used = is_sentinel(card, MEMORY) ? UINT64_MAX : used;
        bytes->free = bytes->total - bytes->used;
    }
    return failed;
}

EXPORT int nvmlDeviceGetCurrentClocksEventReasons(const struct card *card, uint64_t *reasons)
{
    return give_long(card, EVENT_REASONS, control->card[card->number].throttle_reasons, reasons);
}

EXPORT int nvmlDeviceGetCurrentClocksThrottleReasons(const struct card *card, uint64_t *reasons)
{
    return give_long(card, THROTTLE_REASONS, control->card[card->number].throttle_reasons, reasons);
}

EXPORT int nvmlDeviceGetCurrPcieLinkWidth(const struct card *card, unsigned *lanes)
{
    return give(card, PCIE_WIDTH, card->number % 2 ? 1 : 16, lanes);
}

EXPORT int nvmlDeviceGetMaxPcieLinkWidth(const struct card *card, unsigned *lanes)
{
    return give(card, PCIE_WIDTH_MAX, 16, lanes);
}

EXPORT int nvmlDeviceGetCurrPcieLinkGeneration(const struct card *card, unsigned *generation)
{
    return give(card, PCIE_GENERATION, 3, generation);
}

EXPORT int nvmlDeviceGetTotalEnergyConsumption(const struct card *card, uint64_t *millijoules)
{
    return give_long(card, ENERGY, 1000000 * (card->number + UINT64_C(1)) + 1200000 * control->tick, millijoules);
}

EXPORT int nvmlDeviceGetPerformanceState(const struct card *card, unsigned *state)
{
    return give(card, PERFORMANCE_STATE, 2, state);
}

/* Events */

struct event_data {
    const struct card *card;
    uint64_t type, data;
    uint32_t gpu_instance, compute_instance;
};

EXPORT int nvmlEventSetCreate(void **set)
{
    if (!initialised)
        return UNINITIALIZED;
    memset(is_registered, 0, sizeof is_registered);
    events_taken = control->events_sent;
    *set = &events_taken;
    return SUCCESS;
}

EXPORT int nvmlEventSetFree(void *set)
{
    (void)set;
    memset(is_registered, 0, sizeof is_registered);
    return SUCCESS;
}

EXPORT int nvmlDeviceRegisterEvents(const struct card *card, uint64_t types, void *set)
{
    int failed = enter(card, REGISTER_EVENTS);
    (void)set;
    if (!failed)
        is_registered[card->number] = types == 8;
    return failed;
}

EXPORT int nvmlEventSetWait_v2(void *set, struct event_data *data, unsigned timeout_ms)
{
    (void)set;
    while (events_taken != control->events_sent) {
        struct event event = control->events[events_taken++ % EVENTS_MAX];
        if (!is_registered[event.card % CARDS_MAX])
            continue;
        *data = (struct event_data){.card = &cards[event.card % CARDS_MAX], .type = 8, .data = event.xid};
        return SUCCESS;
    }
    if (timeout_ms)
        pause_ns(UINT64_C(1000000) * timeout_ms);
    return TIMEOUT;
}
