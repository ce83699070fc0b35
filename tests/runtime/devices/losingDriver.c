/*
 * A Vulkan driver that stands before another and loses its device on demand, as a graphics card is that is reset,
 * unplugged or taken away: whoever submits work, or waits for some, is told VK_ERROR_DEVICE_LOST from then on. A device
 * that is made afterwards is sound. As on a card that is gone, nothing of the lost device computes any more: its owner
 * may free at once what the work used.
 *
 * LOSING_DRIVER_OF     path of the driver that computes
 * LOSING_DRIVER_WHEN   path of a file: while it is there, the next device that submits work is lost, and takes it away
 *
 * Written from the Vulkan specification and the loader's interface to drivers, whose few declarations are repeated here.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int32_t Result;
typedef struct Instance *Instance;
typedef struct Device *Device;
typedef struct Queue *Queue;
typedef uint64_t Fence;
typedef void (*Function)(void);

enum { DEVICE_LOST = -4, MOST = 64 };

static struct {
  Function (*instanceProc)(Instance, const char *);
  Function (*physicalDeviceProc)(Instance, const char *);
  Result (*negotiate)(uint32_t *);
  Function (*deviceProc)(Device, const char *);
  void (*destroyDevice)(Device, const void *);
  void (*getQueue)(Device, uint32_t, uint32_t, Queue *);
  void (*getQueue2)(Device, const void *, Queue *);
  Result (*submit)(Queue, uint32_t, const void *, Fence);
  Result (*submit2)(Queue, uint32_t, const void *, Fence);
  Result (*queueWaitIdle)(Queue);
  Result (*deviceWaitIdle)(Device);
  Result (*waitForFences)(Device, uint32_t, const Fence *, uint32_t, uint64_t);
  Result (*fenceStatus)(Device, Fence);
} driver;

/* The queues that were given out, and whether their device is lost. */
static struct { Queue queue; Device device; int lost; } known[MOST];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static Function deviceProc(Device device, const char *name);

static void remember(Queue queue, Device device) {
  deviceProc(device, "vkDeviceWaitIdle"); /* so that it is known when the device is lost */
  pthread_mutex_lock(&lock);
  for (int i = 0; i < MOST; i++) {
    if (known[i].queue && known[i].queue != queue) continue;
    if (known[i].queue == queue && known[i].device == device) break;
    known[i].queue = queue;
    known[i].device = device;
    known[i].lost = 0;
    break;
  }
  pthread_mutex_unlock(&lock);
}

static void forget(Device device) {
  pthread_mutex_lock(&lock);
  for (int i = 0; i < MOST; i++)
    if (known[i].device == device) memset(&known[i], 0, sizeof known[i]);
  pthread_mutex_unlock(&lock);
}

static int deviceIsLost(Device device) {
  int lost = 0;
  pthread_mutex_lock(&lock);
  for (int i = 0; i < MOST; i++) lost |= known[i].device == device && known[i].lost;
  pthread_mutex_unlock(&lock);
  return lost;
}

static Device deviceOf(Queue queue) {
  Device device = NULL;
  pthread_mutex_lock(&lock);
  for (int i = 0; i < MOST; i++)
    if (known[i].queue == queue) device = known[i].device;
  pthread_mutex_unlock(&lock);
  return device;
}

/* For a queue that is about to work: loses its device if that is wanted now. */
static int losesNow(Queue queue) {
  Device device = deviceOf(queue);
  if (!deviceIsLost(device) && unlink(getenv("LOSING_DRIVER_WHEN")) == 0) {
    driver.deviceWaitIdle(device);
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MOST; i++)
      if (known[i].device == device) known[i].lost = 1;
    pthread_mutex_unlock(&lock);
  }
  return deviceIsLost(device);
}

static void destroyDevice(Device device, const void *allocator) {
  forget(device);
  driver.destroyDevice(device, allocator);
}

static void getQueue(Device device, uint32_t family, uint32_t index, Queue *queue) {
  driver.getQueue(device, family, index, queue);
  remember(*queue, device);
}

static void getQueue2(Device device, const void *info, Queue *queue) {
  driver.getQueue2(device, info, queue);
  remember(*queue, device);
}

static Result submit(Queue queue, uint32_t count, const void *submits, Fence fence) {
  return losesNow(queue) ? DEVICE_LOST : driver.submit(queue, count, submits, fence);
}

static Result submit2(Queue queue, uint32_t count, const void *submits, Fence fence) {
  return losesNow(queue) ? DEVICE_LOST : driver.submit2(queue, count, submits, fence);
}

static Result queueWaitIdle(Queue queue) {
  return deviceIsLost(deviceOf(queue)) ? DEVICE_LOST : driver.queueWaitIdle(queue);
}

static Result deviceWaitIdle(Device device) {
  return deviceIsLost(device) ? DEVICE_LOST : driver.deviceWaitIdle(device);
}

static Result waitForFences(Device device, uint32_t count, const Fence *fences, uint32_t all, uint64_t timeout) {
  if (deviceIsLost(device)) return DEVICE_LOST;
  return driver.waitForFences(device, count, fences, all, timeout);
}

static Result fenceStatus(Device device, Fence fence) {
  return deviceIsLost(device) ? DEVICE_LOST : driver.fenceStatus(device, fence);
}

/* What stands in for a function of the driver: one of those above, else the driver's own. */
static Function inPlaceOf(const char *name, Function its) {
#define STANDS_IN(vulkanName, ours)           \
  if (its && strcmp(name, vulkanName) == 0) { \
    driver.ours = (__typeof__(driver.ours))its; \
    return (Function)ours;                    \
  }
  STANDS_IN("vkGetDeviceProcAddr", deviceProc)
  STANDS_IN("vkDestroyDevice", destroyDevice)
  STANDS_IN("vkGetDeviceQueue", getQueue)
  STANDS_IN("vkGetDeviceQueue2", getQueue2)
  STANDS_IN("vkQueueSubmit", submit)
  STANDS_IN("vkQueueSubmit2", submit2)
  STANDS_IN("vkQueueSubmit2KHR", submit2)
  STANDS_IN("vkQueueWaitIdle", queueWaitIdle)
  STANDS_IN("vkDeviceWaitIdle", deviceWaitIdle)
  STANDS_IN("vkWaitForFences", waitForFences)
  STANDS_IN("vkGetFenceStatus", fenceStatus)
  return its;
}

static Function deviceProc(Device device, const char *name) {
  return inPlaceOf(name, driver.deviceProc(device, name));
}

static void openDriver(void) {
  if (driver.instanceProc) return;
  void *library = dlopen(getenv("LOSING_DRIVER_OF"), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    fprintf(stderr, "losing driver: %s\n", dlerror());
    exit(1);
  }
#define OPEN(field, name) driver.field = (__typeof__(driver.field))dlsym(library, name)
  OPEN(physicalDeviceProc, "vk_icdGetPhysicalDeviceProcAddr");
  OPEN(negotiate, "vk_icdNegotiateLoaderICDInterfaceVersion");
  OPEN(instanceProc, "vk_icdGetInstanceProcAddr");
}

/* What the loader asks a driver for. */

Result vk_icdNegotiateLoaderICDInterfaceVersion(uint32_t *version) {
  openDriver();
  return driver.negotiate(version);
}

Function vk_icdGetInstanceProcAddr(Instance instance, const char *name) {
  openDriver();
  return inPlaceOf(name, driver.instanceProc(instance, name));
}

Function vk_icdGetPhysicalDeviceProcAddr(Instance instance, const char *name) {
  openDriver();
  return driver.physicalDeviceProc(instance, name);
}
