// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IResourceCatalog} from "../../contracts/interfaces/IResourceCatalog.sol";
import {DeedId} from "../../contracts/types/DeedId.sol";
import {TreasuryPool} from "../../contracts/treasury/TreasuryPool.sol";
import {JobHandler} from "./JobHandler.sol";

/// @title PowerHandler
/// @notice Those with power, and what they may do with it: the guardian pauses, governance acts after its delay, compliance judges,
/// the treasurer releases.
abstract contract PowerHandler is JobHandler {
    /// @dev A restricted function and the role that may call it.
    struct Door {
        address target;
        bytes4 selector;
        uint64 role;
    }

    /// @dev What governance has scheduled.
    struct Operation {
        address target;
        bytes data;
        uint256 ready;
        uint64 role;
        bool grants;
    }

    uint256 private constant EXPIRATION = 1 weeks;

    Door[] internal doors;
    mapping(uint64 role => mapping(address account => bool)) internal isMember;
    address internal deputy = vm.addr(_key("deputy", 0));
    uint256 internal milestonesReached;
    Operation[] private _operations;
    uint256 private _numbers;

    function setUp() public virtual override {
        super.setUp();
        _listDoors();
        isMember[0][governor] = true;
        isMember[GUARDIAN][guardian] = true;
        isMember[COMPLIANCE][compliance] = true;
        isMember[TREASURER][treasurer] = true;
        commit(255);
        _waitForActivation();
        claim(0);
        for (uint256 i = 0; i < ACTORS; ++i) buy(i, 1);
        for (uint256 i = 0; i < ACTORS; ++i) _attach(_nodeDeed(i), nodeKeys[i]);
        create(0, 2, 30);
        assign(0, 0, 1);
    }

    // ---------------------------------------------------------------- actions: guardian

    /// @notice Sales, associations, commits, new jobs: whatever is not paused yet.
    function pause(uint256 which) external acts {
        if (which % 3 != 0) return;
        address target = _pausable(which / 3);
        bool can = !_isPaused(target);
        vm.prank(guardian);
        (bool ok, ) = target.call(abi.encodeCall(sale.pause, ()));
        _must(ok == can, "the guardian pauses what is not paused");
        if (ok) ++done["pause"];
    }

    function lift(uint256 which) external acts {
        for (uint256 i = 0; i < 4; ++i) {
            address target = _pausable((which % 4) + i);
            if (!_isPaused(target)) continue;
            _govern(target, abi.encodeCall(sale.unpause, ()));
            ++done["lift"];
            return;
        }
    }

    // ---------------------------------------------------------------- actions: governance

    /// @notice Prices, roles, milestones.
    function schedule(uint256 what, uint256 number) external acts {
        Operation memory operation = _operation(what % 4, number);
        bytes32 id = manager.hashOperation(governor, operation.target, operation.data);
        if (manager.getSchedule(id) != 0) return;
        // Scheduled before and never executed: it is over, and scheduled anew.
        for (uint256 i = _operations.length; i > 0; --i) {
            if (keccak256(_operations[i - 1].data) == keccak256(operation.data)) _drop(i - 1);
        }
        _schedule(operation.target, operation.data);
        _operations.push(operation);
        ++done["schedule"];
    }

    /// @notice Works from the delay's end on, for a week, and not before.
    function execute(uint256 which) external acts {
        if (_operations.length == 0) return;
        which = _readyFrom(which);
        Operation memory operation = _operations[which];
        bool can = _now() >= operation.ready && _now() < operation.ready + EXPIRATION;
        bool isMilestone = operation.target == address(milestonePool);
        can = can && !(isMilestone && milestonesReached == 2);
        vm.prank(governor);
        try manager.execute(operation.target, operation.data) {
            _must(can, "governance acted before its time");
            if (operation.role != 0) isMember[operation.role][deputy] = operation.grants;
            if (isMilestone) ++milestonesReached;
            _drop(which);
            ++done["execute"];
        } catch {
            _must(!can, "governance could not act in time");
            ++done["execute refused"];
        }
    }

    /// @notice Governance thinks better of it. Nobody else may cancel.
    function cancel(uint256 which, uint256 who) external acts {
        if (_operations.length == 0) return;
        which = which % _operations.length;
        Operation memory operation = _operations[which];
        address[4] memory callers = [governor, thief, compliance, treasurer];
        address caller = callers[who % 4];
        bool can = caller == governor;
        vm.prank(caller);
        try manager.cancel(governor, operation.target, operation.data) {
            _must(can, "a stranger cancelled");
            _drop(which);
            ++done["cancel"];
        } catch {
            _must(!can || _now() >= operation.ready + EXPIRATION, "governance could not cancel");
        }
    }

    /// @notice Governance sends an oracle away.
    function removeOracle(uint256 index) external acts {
        if (oracleKeys.length == 0 || index % 4 != 0) return;
        index = index % oracleKeys.length;
        _govern(address(oracleRegistry), abi.encodeCall(oracleRegistry.removeOracle, (_oracle(index))));
        _dropOracleKey(index);
        ++done["removeOracle"];
    }

    /// @notice The market moves; a feed that is broken sells nothing, and moves nothing else.
    function reprice(uint256 price, bool breaks) external acts {
        if (breaks) {
            feed.updateAnswer(0);
            vm.prank(actors[0]);
            (bool ok, ) = address(sale).call(abi.encodeCall(sale.buy, (1, type(uint256).max, _now(), actors[0])));
            _must(!ok, "a deed was sold without a price");
            ++done["feed breaks"];
        }
        feed.updateAnswer(int256(_between(price, 0.2e8, 5e8)));
        ++done["reprice"];
    }

    // ---------------------------------------------------------------- actions: compliance

    function judge(uint256 actor, bool deedItself) external acts {
        if (deedItself) {
            DeedId deed = _deed(actor);
            bool banned = _collection(deed).recordOf(deed.tokenId()).banned;
            if (!banned && actor % 3 != 0) return;
            if (banned) _unbanDeed(deed);
            else _banDeed(deed);
            ++done[banned ? "pardon a deed" : "ban a deed"];
        } else {
            bool banned = operators.isBanned(_actor(actor));
            if (!banned && actor % 3 != 0) return;
            if (banned) _unban(_actor(actor));
            else _ban(_actor(actor));
            ++done[banned ? "pardon" : "ban"];
        }
    }

    /// @notice Approval ends, or comes back.
    function review(uint256 actor) external acts {
        address operator = _actor(actor);
        if (operators.operatorOf(operator).approvedUntil == 0) {
            _approve(operator);
            ++done["approve"];
        } else if (actor % 5 == 0) {
            vm.prank(compliance);
            operators.revoke(operator);
            ++done["revoke"];
        }
    }

    // ---------------------------------------------------------------- actions: treasury

    /// @notice Out of the pool with milestones: never before its time, never more than the milestones allow.
    function release(uint256 amount, uint256 to) external acts {
        TreasuryPool pool = milestonePool;
        uint256 received = r1.balanceOf(address(pool)) + releasedFrom[address(pool)];
        uint256 share =
            milestonesReached == 0
                ? 0
                : milestonesReached == 1
                    ? 3_000
                    : 10_000;
        uint256 most = (received * share) / 10_000 - releasedFrom[address(pool)];
        if (_now() < pool.UNLOCK_TIME()) most = 0;
        amount = _between(amount, 1, received + 1);
        if (amount % 2 == 0 && most != 0) amount = most;
        _agrees(address(pool));
        vm.prank(treasurer);
        try pool.release(_actor(to), amount, "grant") {
            _must(amount <= most, "a pool released too much or too early");
            releasedFrom[address(pool)] += amount;
            ++done["release"];
        } catch {
            _must(amount > most, "a release was refused");
            ++done["release refused"];
        }
    }

    function fundMilestones(uint256 amount) external acts {
        if (_endowFromTreasury(address(milestonePool), _between(amount, 1, 1_000 ether))) ++done["fundMilestones"];
    }

    // ---------------------------------------------------------------- inside

    function _pausable(uint256 which) internal view returns (address) {
        address[4] memory targets = [address(sale), address(nodes), address(ledger), address(escrow)];
        return targets[which % 4];
    }

    function _operation(uint256 what, uint256 number) private returns (Operation memory operation) {
        operation.ready = _now() + GOVERNANCE_DELAY;
        operation.target = address(manager);
        operation.role = uint64(1 + (number % 3));
        operation.grants = what == 0;
        if (what == 0) {
            operation.data = abi.encodeCall(manager.grantRole, (operation.role, deputy, 0));
        } else if (what == 1) {
            operation.data = abi.encodeCall(manager.revokeRole, (operation.role, deputy));
        } else {
            operation.role = 0;
            (operation.target, operation.data) = what == 2 ? _priceChange(number) : _milestone();
        }
    }

    function _priceChange(uint256 number) private view returns (address, bytes memory) {
        IResourceCatalog.ResourceClass memory class = IResourceCatalog.ResourceClass(
            uint64(_between(number, 1e6, 1e10)),
            2_000,
            4_096,
            16_384,
            false,
            true
        );
        return (address(catalog), abi.encodeCall(catalog.setClass, (LOW1, "LOW1", class)));
    }

    function _milestone() private returns (address, bytes memory) {
        string memory evidence = string(abi.encodePacked("report ", bytes1(uint8(65 + (_numbers++ % 26)))));
        return (address(milestonePool), abi.encodeCall(milestonePool.reachMilestone, (evidence)));
    }

    /// @dev From that one on the first that is ready, three times in four.
    function _readyFrom(uint256 which) private view returns (uint256 at) {
        for (uint256 i = 0; i < _operations.length; ++i) {
            at = ((which % _operations.length) + i) % _operations.length;
            uint256 ready = _operations[at].ready;
            if (which % 4 == 0 || (_now() >= ready && _now() < ready + EXPIRATION)) return at;
        }
    }

    function _drop(uint256 which) private {
        _operations[which] = _operations[_operations.length - 1];
        _operations.pop();
    }

    function _listDoors() private {
        for (uint256 i = 0; i < 4; ++i) {
            _door(_pausable(i), sale.pause.selector, GUARDIAN);
            _door(_pausable(i), sale.unpause.selector, 0);
        }
        _door(address(sale), sale.configureFeed.selector, 0);
        _door(address(catalog), catalog.configureFeed.selector, 0);
        _door(address(catalog), catalog.setClass.selector, 0);
        _door(address(operators), operators.approve.selector, COMPLIANCE);
        _door(address(operators), operators.revoke.selector, COMPLIANCE);
        _door(address(operators), operators.ban.selector, COMPLIANCE);
        _door(address(operators), operators.unban.selector, COMPLIANCE);
        _door(address(oracleRegistry), oracleRegistry.addOracle.selector, 0);
        _door(address(oracleRegistry), oracleRegistry.removeOracle.selector, 0);
        _door(address(masterDeed), masterDeed.issue.selector, 0);
        _door(address(genesisDeed), genesisDeed.issue.selector, 0);
        address[3] memory collections = [address(nodeDeed), address(masterDeed), address(genesisDeed)];
        for (uint256 i = 0; i < 3; ++i) {
            _door(collections[i], nodeDeed.ban.selector, COMPLIANCE);
            _door(collections[i], nodeDeed.unban.selector, COMPLIANCE);
        }
        for (uint256 i = 0; i < 6; ++i) {
            address pool = i == 5 ? address(milestonePool) : address(pools[i]);
            _door(pool, milestonePool.release.selector, TREASURER);
            _door(pool, milestonePool.reachMilestone.selector, 0);
        }
    }

    function _door(address target, bytes4 selector, uint64 role) private {
        doors.push(Door(target, selector, role));
    }
}
