// The queues that WakeQueue was chosen from, kept small, to be measured beside it and to be held to
// the same contract. All take (tick, rank) in any order not before the last popped one, and pop in
// (tick, rank) order each kind once. Those marked k_knows_duplicates say at once whether a wake-up
// is there already, as counting needs; the heaps find out only when it is popped, which is their
// cheapest way.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <queue>
#include <set>
#include <utility>
#include <vector>

#include <boost/heap/d_ary_heap.hpp>

#include "core/schedule/wake_queue.hpp"

namespace saltus::bench {

using detail::WakeUp;

// A wake-up in one number: 24 bits of rank below 40 of tick.
using Key = std::uint64_t;

inline Key key_of(Tick tick, std::uint32_t rank) {
    return static_cast<Key>(tick) << 24 | rank;
}

inline WakeUp wake_up_of(Key key) {
    return {static_cast<Tick>(key >> 24), static_cast<std::uint32_t>(key & 0xFFFFFF)};
}

inline Tick tick_of(Key key) {
    return static_cast<Tick>(key >> 24);
}

class SetQueue {
  public:
    static constexpr bool k_knows_duplicates = true;

    SetQueue(std::uint32_t /*ranks*/, Tick /*reach*/) {}

    void clear() { keys_.clear(); }

    bool push(Tick tick, std::uint32_t rank) { return keys_.insert(key_of(tick, rank)).second; }

    bool pop(Tick until, WakeUp& out) {
        if (keys_.empty() || tick_of(*keys_.begin()) > until) {
            return false;
        }
        out = wake_up_of(*keys_.begin());
        keys_.erase(keys_.begin());
        return true;
    }

  private:
    std::set<Key> keys_;
};

struct BinaryHeap : std::priority_queue<Key, std::vector<Key>, std::greater<>> {
    void clear() { c.clear(); }
};

using FourAryHeap =
    boost::heap::d_ary_heap<Key, boost::heap::arity<4>, boost::heap::compare<std::greater<>>>;

template <class Heap>
class HeapQueue {
  public:
    static constexpr bool k_knows_duplicates = false;

    HeapQueue(std::uint32_t /*ranks*/, Tick /*reach*/) {}

    void clear() { heap_.clear(); }

    bool push(Tick tick, std::uint32_t rank) {
        heap_.push(key_of(tick, rank));
        return true;
    }

    bool pop(Tick until, WakeUp& out) {
        if (heap_.empty() || tick_of(heap_.top()) > until) {
            return false;
        }
        const Key key = heap_.top();
        do {
            heap_.pop();
        } while (!heap_.empty() && heap_.top() == key);
        out = wake_up_of(key);
        return true;
    }

  private:
    Heap heap_;
};

// Ahuja, Mehlhorn, Orlin, Tarjan (1990): a key lies in the bucket of the highest bit in which it
// differs from the last popped one.
class RadixQueue {
  public:
    static constexpr bool k_knows_duplicates = false;

    RadixQueue(std::uint32_t /*ranks*/, Tick /*reach*/) {}

    void clear() {
        for (auto& bucket : buckets_) {
            bucket.clear();
        }
        last_ = 0;
    }

    bool push(Tick tick, std::uint32_t rank) {
        const Key key = key_of(tick, rank);
        buckets_[bucket_of(key)].push_back(key);
        return true;
    }

    bool pop(Tick until, WakeUp& out) {
        if (buckets_[0].empty()) {
            const auto first = std::find_if(
                buckets_.begin(), buckets_.end(), [](const auto& b) { return !b.empty(); });
            if (first == buckets_.end()) {
                return false;
            }
            const Key least = *std::min_element(first->begin(), first->end());
            if (tick_of(least) > until) {
                return false;
            }
            last_ = least;
            for (const Key key : *first) {
                buckets_[bucket_of(key)].push_back(key);
            }
            first->clear();
        } else if (tick_of(last_) > until) {
            return false;
        }
        out = wake_up_of(last_);
        buckets_[0].clear();
        return true;
    }

  private:
    [[nodiscard]] std::size_t bucket_of(Key key) const {
        return static_cast<std::size_t>(std::bit_width(key ^ last_));
    }

    std::array<std::vector<Key>, 65> buckets_;
    Key last_ = 0;
};

// Brown (1988): days of k_ticks a bucket, a year of k_days; a day is sorted when it comes.
class CalendarQueue {
  public:
    static constexpr bool k_knows_duplicates = false;

    CalendarQueue(std::uint32_t /*ranks*/, Tick /*reach*/) : days_(k_days) {}

    void clear() {
        for (auto& day : days_) {
            day.clear();
        }
        today_.clear();
        day_ = -1;
        size_ = 0;
    }

    bool push(Tick tick, std::uint32_t rank) {
        const Key key = key_of(tick, rank);
        if (tick / k_ticks <= day_) {
            const auto later = std::greater<>();
            today_.insert(std::lower_bound(today_.begin(), today_.end(), key, later), key);
        } else {
            days_[static_cast<std::size_t>(tick / k_ticks % k_days)].push_back(key);
        }
        ++size_;
        return true;
    }

    bool pop(Tick until, WakeUp& out) {
        while (today_.empty()) {
            if (size_ == 0 || !next_day(until)) {
                return false;
            }
        }
        const Key key = today_.back();
        if (tick_of(key) > until) {
            return false;
        }
        while (!today_.empty() && today_.back() == key) {
            today_.pop_back();
            --size_;
        }
        out = wake_up_of(key);
        return true;
    }

  private:
    static constexpr Tick k_ticks = 4;
    static constexpr Tick k_days = 4096;

    bool next_day(Tick until) {
        Tick day = day_ + 1;
        Key least = ~Key{0};
        for (Tick tries = 0; tries < k_days; ++tries, ++day) {
            auto& bucket = days_[static_cast<std::size_t>(day % k_days)];
            const auto later = std::partition(bucket.begin(), bucket.end(), [&](Key key) {
                return tick_of(key) / k_ticks > day;
            });
            if (later != bucket.end()) {
                return open_day(day, bucket, later, until);
            }
            for (const Key key : bucket) {
                least = std::min(least, key);
            }
        }
        day_ = std::min(tick_of(least) / k_ticks, until / k_ticks + 1) - 1;
        return tick_of(least) <= until;
    }

    // Not before it is asked for: a wake-up of an earlier day may still come.
    bool open_day(Tick day,
                  std::vector<Key>& bucket,
                  std::vector<Key>::iterator first,
                  Tick until) {
        if (day * k_ticks > until) {
            return false;
        }
        day_ = day;
        today_.assign(first, bucket.end());
        bucket.erase(first, bucket.end());
        std::sort(today_.begin(), today_.end(), std::greater<>());
        return true;
    }

    std::vector<std::vector<Key>> days_;
    std::vector<Key> today_;  // descending
    Tick day_ = -1;
    std::size_t size_ = 0;
};

}  // namespace saltus::bench
